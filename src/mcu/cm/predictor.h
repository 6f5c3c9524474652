// Foretells the new bytes of a field of the old file: by the map of covers, and by what became of
// the same target, of its neighbours and of the last fields of its kind.
#pragma once

#include "mcu/cm/arena.h"
#include "mcu/cm/translator.h"

namespace kerf::sliver {

// Where a guess comes from. At equal scores the earlier one is tried first.
enum class Guess : uint8_t {
  learned,  // what became of this target last time
  mapped,   // the cover that holds the target
  near,     // the cover in front of it
  last,     // moved as far as the last target of this kind
  same,     // not moved
  page,     // moved as far as the last target within the same 256 bytes
};
inline constexpr unsigned guess_count = 6;
inline constexpr unsigned most_guesses = 3;  // that are offered

struct Prediction {
  uint64_t base = 0;                    // in the new file
  uint64_t target[most_guesses] = {};   // the likeliest first
  uint8_t bytes[most_guesses][8] = {};  // what the field becomes; all different
  uint8_t count = 0;                    // at least 1
  Guess source = Guess::same;           // of the first
  uint8_t agreement = 0;                // a bit for each source that says the same
  uint8_t score = 0;                    // of the first: 0 (never right) to 15
  uint8_t second_score = 0;             // of the second, likewise
  bool changed = false;                 // bytes[0] differ from the old bytes
  uint64_t guesses[guess_count] = {};   // all of them,
  uint8_t known = 0;                    // a bit for each that there is
};

// Not thread-safe: one for each window.
class Predictor {
 public:
  // Takes 2^learned_bits entries from `arena`; borrows the rest, which must outlive it.
  Predictor(Arena& arena, unsigned learned_bits, const refs::Image& image,
            const refs::Destination& destination, const CoverMap& covers);

  // Predicts `field`, whose place in the new file is `new_position` and whose old bytes are
  // `old_bytes`. `previous`: the target of the field before it in its chunk, if `has_previous`.
  void predict(const refs::Field& field, const uint8_t* old_bytes, uint32_t new_position,
               bool has_previous, uint64_t previous, Prediction& out) const;

  // Takes in what the field became: `new_bytes`. Returns its target if that could be told, else the
  // predicted one.
  uint64_t learn(const refs::Field& field, const Prediction& prediction, const uint8_t* new_bytes);

 private:
  struct Learned {
    uint32_t check;
    uint32_t shift;  // new target - old target: a signed number of 32 bits
  };
  Learned& entry(uint64_t key, uint32_t salt, uint32_t& check) const;
  bool recall(uint64_t key, uint32_t salt, uint64_t target, uint64_t& guess) const;
  void remember(uint64_t key, uint32_t salt, uint64_t shift);

  const Translator places_;
  Learned* learned_;
  uint32_t learned_mask_;
  // How often each source was right lately, 0 to 4096, and the last shift, for each kind.
  uint16_t scores_[refs::kind_count][guess_count];
  uint64_t last_shift_[refs::kind_count] = {};
};

}  // namespace kerf::sliver
