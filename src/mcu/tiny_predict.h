// Predicts what references become, by the shift map and by what was seen lately. Wrong guesses cost
// bits, never correctness.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "mcu/tiny_image.h"
#include "refs/field.h"

namespace kerf::mcu {

// Where a guess comes from: the target's last shift; the shift map; the last shift of its
// neighbourhood; of this kind of field; it is where it was; the field keeps its bytes.
enum Source : uint8_t { learned = 0, mapped = 1, page = 2, last = 3, same = 4, own = 5 };
inline constexpr unsigned source_count = 6;
inline constexpr unsigned class_count = 32;

struct Guess {
  uint64_t target[2];
  uint64_t base;
  uint64_t guesses[source_count];
  uint8_t bytes[2][refs::max_field_width];
  uint8_t known;      // a bit for each source that says something
  uint8_t count;      // different byte strings: 1 or 2
  uint8_t context;    // of the decision on the first: 0 to 31
  uint8_t group;      // of its kind: 0 to 3
  uint8_t of_second;  // context of the decision on the second: 0 to 3
};

struct Predictor {
  uint32_t shifts[learned_entries];
  uint16_t checks[learned_entries];
  uint32_t last_shifts[class_count];
  uint8_t scores[class_count][source_count];
  uint64_t before;  // target of the field before
  bool has_before;

  void reset();
  void predict(const TinyImage& image, const refs::Field& field, const uint8_t* old_bytes,
               uint32_t new_position, Guess& guess) const;
  // Takes in what the field has become.
  void learn(const TinyImage& image, const refs::Field& field, const Guess& guess,
             const uint8_t* new_bytes);

 private:
  bool recall(uint64_t key, uint32_t salt, uint32_t& shift) const;
  void remember(uint64_t key, uint32_t salt, uint32_t shift);
  static bool map(const TinyImage& image, uint64_t old_address, uint64_t& new_address);
  uint64_t base_of(const TinyImage& image, const refs::Field& field, uint32_t new_position) const;
};

// Targets of this kind differ by multiples of 2 to the power of this.
unsigned unit_of(refs::Kind kind);

}  // namespace kerf::mcu
