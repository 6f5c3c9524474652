// Foretells fields for profile `fast`: as the Predictor of the other profiles, but with one guess,
// found in a fixed order, so that most fields cost a look into the table and one into the map.
#pragma once

#include "mcu/cm/arena.h"
#include "mcu/cm/translator.h"

namespace kerf::sliver::fast {

struct Guess {
  uint64_t base = 0;  // in the new file
  uint64_t target = 0;
  bool known =
      false;  // from the table or the map, so that there is nothing to learn if it is right
};

// Not thread-safe: one for each window.
class Predictor {
 public:
  // Takes 2^learned_bits entries from `arena`; borrows the rest, which must outlive it.
  Predictor(Arena& arena, unsigned learned_bits, const refs::Image& image,
            const refs::Destination& destination, const CoverMap& covers);

  // What `field`, whose place in the new file is `new_position` and whose bytes are `bytes`, will
  // be; writes it to `bytes`. `previous`: the target of the field before it in its chunk, if
  // `has_previous`.
  Guess predict(const refs::Field& field, uint8_t* bytes, uint32_t new_position, bool has_previous,
                uint64_t previous);

  // Takes in that `guess` was right.
  void confirm(const refs::Field& field, const Guess& guess) {
    const uint64_t shift = guess.target - field.target;
    last_shift_[static_cast<unsigned>(field.kind)] = shift;
    if (!guess.known) {
      remember(field.target, shift);
    }
  }
  // Takes in that it was wrong and the field became `new_bytes`. Returns its target if that can be
  // told, else the guess.
  uint64_t correct(const refs::Field& field, const Guess& guess, const uint8_t* new_bytes);

 private:
  // `check` is 0 for an empty entry; else its lowest bits say how often the shift was seen: 1 or 2.
  struct Entry {
    uint32_t check;
    uint32_t shift;
  };
  Entry& entry(uint64_t key, uint32_t& check) const {
    const uint64_t hash = key * 0x9E3779B97F4A7C15U;
    check = static_cast<uint32_t>(hash >> 8) & ~uint32_t{3};
    return learned_[static_cast<size_t>(hash >> index_shift_)];
  }
  void remember(uint64_t target, uint64_t shift);

  const Translator places_;
  const uint64_t mask_;
  Entry* learned_;
  unsigned index_shift_;
  uint64_t last_shift_[refs::kind_count] = {};
};

}  // namespace kerf::sliver::fast
