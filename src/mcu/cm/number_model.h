// Numbers, bit by bit: the length in unary, then the bits below the first one, each decision with a
// counter of its own that adapts.
#pragma once

#include "model/counter.h"

namespace kerf::sliver {

class NumberModel {
 public:
  // Codes `value` (anything; a decoder's does not matter) in one of `contexts` contexts. Values up
  // to 2^32 - 2.
  template <class Coder>
  uint32_t code(Coder& coder, unsigned context, uint32_t value) {
    Context& models = contexts_[context];
    const uint64_t wanted = uint64_t{value} + 1;
    unsigned length = 0;  // of the binary number, less one
    for (; length < most_length; ++length) {
      if (!decide(coder, models.length[length], wanted >> (length + 1) != 0)) {
        break;
      }
    }
    uint64_t made = 1;
    for (unsigned left = length; left-- > 0;) {
      // The first three bits below the top know those above them; the rest stand alone.
      const unsigned depth = length - 1 - left;
      model::Counter& counter =
          depth < 3 ? models.high[length][made & 7] : models.low[length][left];
      made = made << 1 | (decide(coder, counter, (wanted >> left & 1) != 0) ? 1U : 0U);
    }
    return static_cast<uint32_t>(made - 1);
  }

  static constexpr unsigned contexts = 15;

 private:
  static constexpr unsigned most_length = 31;
  struct Context {
    model::Counter length[most_length];
    model::Counter high[most_length + 1][8];
    model::Counter low[most_length + 1][32];
  };

  template <class Coder>
  static bool decide(Coder& coder, model::Counter& counter, bool bit) {
    const uint32_t p = counter.p();
    bit = coder.code(bit, p < 64 ? 64 : p > 65472 ? 65472 : p);
    counter.update(bit, 60);
    return bit;
  }

  Context contexts_[contexts];
};

// Signed numbers as unsigned ones: 0, -1, 1, -2, ... as 0, 1, 2, 3, ...
inline uint32_t fold_sign(uint32_t value) {
  return value << 1 ^ (0 - (value >> 31));
}
inline uint32_t unfold_sign(uint32_t value) {
  return value >> 1 ^ (0 - (value & 1));
}

}  // namespace kerf::sliver
