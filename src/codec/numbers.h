// Lists of numbers in few bits, for what packages say about where things are: every number is coded
// in a context that its user chooses, with probabilities that learn (docs/formats/kerf-package.md,
// "Numbers"). Both sides must use the same contexts in the same order.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "codec/deflate/adaptive.h"
#include "model/range_coder.h"

namespace kerf {

// What one context has learnt: whether its numbers are zero, their width in bits (few ways to say a
// small one, because it takes a while to learn each), the three bits below the highest by width and
// those before them, and each further bit by itself.
class NumberContext {
 public:
  // As deflate::Tree::code: an encoder is told `value` and returns it, a decoder finds it.
  template <class Coder>
  std::uint64_t code(Coder& coder, std::uint64_t value) {
    if (!some_.code(coder, value != 0)) {
      return 0;
    }
    const unsigned width = code_width(coder, static_cast<unsigned>(std::bit_width(value)));
    if (width == 1 || width > 64) {
      return 1;  // above 64: only damaged input says so
    }
    std::uint64_t result = 1;
    auto& high = high_[width - 2];
    for (unsigned bit = width - 1; bit-- > 0;) {
      const bool one = (value >> bit & 1) != 0;
      deflate::Decision& decision =
          result < 8 ? high[static_cast<std::size_t>(result)] : low_[width - 2][bit];
      result = result << 1 | (decision.code(coder, one) ? 1U : 0U);
    }
    return result;
  }

 private:
  // At least 1.
  template <class Coder>
  unsigned code_width(Coder& coder, unsigned width) {
    return wide_.code(coder, width > 8) ? 9 + widths_.code(coder, (width - 9) & 63)
                                        : 1 + small_widths_.code(coder, (width - 1) & 7);
  }

  deflate::Decision some_;
  deflate::Decision wide_;
  deflate::Tree<3> small_widths_;
  deflate::Tree<6> widths_;
  std::array<std::array<deflate::Decision, 8>, 63> high_{};
  std::array<std::array<deflate::Decision, 60>, 63> low_{};
};

class NumberEncoder {
 public:
  // Contexts are numbered from 0 to `contexts` - 1; each takes 18 KB.
  explicit NumberEncoder(std::size_t contexts) : contexts_(contexts), coder_(bytes_) {}
  NumberEncoder(const NumberEncoder&) = delete;  // the coder borrows the bytes
  NumberEncoder& operator=(const NumberEncoder&) = delete;
  std::uint64_t code(std::size_t context, std::uint64_t value) {
    return contexts_[context].code(coder_, value);
  }
  // Nothing may be coded afterwards.
  std::vector<std::uint8_t> finish() {
    coder_.finish();
    return std::move(bytes_);
  }

 private:
  std::vector<NumberContext> contexts_;
  std::vector<std::uint8_t> bytes_;
  model::RangeEncoder<std::vector<std::uint8_t>> coder_;
};

// Any bytes decode to numbers, without end: whoever reads must bound how many it asks for, and
// check each of them.
class NumberDecoder {
 public:
  // Borrows `bytes`.
  NumberDecoder(Bytes bytes, std::size_t contexts)
      : contexts_(contexts), coder_(bytes.data(), bytes.size()) {}
  // The second argument does not matter.
  std::uint64_t code(std::size_t context, std::uint64_t) {
    return contexts_[context].code(coder_, 0);
  }

 private:
  std::vector<NumberContext> contexts_;
  model::RangeDecoder coder_;
};

}  // namespace kerf
