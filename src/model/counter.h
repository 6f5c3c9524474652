// Probabilities that learn from what they have seen.
#pragma once

#include "model/logistic.h"

namespace kerf::model {

// How far a counter moves that has been taught n times: 65536 / (n + 1.6), rounded down.
struct RateTable {
  uint16_t of[1024];
  constexpr RateTable() : of{} {
    for (uint32_t n = 0; n < 1024; ++n) {
      of[n] = static_cast<uint16_t>(655360 / (10 * n + 16));
    }
  }
};
inline constexpr RateTable rate_table;

// A probability with 22 bits, and how often it has been taught (10 bits): the more often, the less
// it moves, down to the rate 1 / (limit + 1.6).
struct Counter {
  uint32_t state = uint32_t{1} << 31;

  // 16 bits; 0 to 65535. Clip before coding with it.
  uint32_t p() const { return state >> 16; }
  uint32_t count() const { return state & 1023; }
  void update(bool bit, uint32_t limit) {
    const uint32_t n = count();
    const auto p22 = static_cast<int32_t>(state >> 10);
    const int32_t goal = bit ? (1 << 22) - 1 : 0;
    // Rounds toward minus infinity.
    const auto change = static_cast<int32_t>((int64_t{goal - p22} * rate_table.of[n]) >> 16);
    state = static_cast<uint32_t>(p22 + change) << 10 | (n < limit ? n + 1 : n);
  }
  static constexpr Counter of(uint32_t p16, uint32_t count) { return {p16 << 16 | count}; }
};

// The same with 18 bits of probability, 7 bits of count and a check of 7 bits that says whose it
// is: one entry of a hashed table. 0 is an empty entry.
struct Slot {
  uint32_t state = 0;

  static constexpr uint32_t most_count = 127;

  bool belongs_to(uint32_t check) const { return (state & 127) == check; }
  uint32_t p() const { return state >> 16; }
  uint32_t count() const { return state >> 7 & 127; }
  void start(uint32_t check) { state = uint32_t{1} << 31 | check; }
  void update(bool bit, uint32_t limit) {
    const uint32_t n = count();
    const auto p18 = static_cast<int32_t>(state >> 14);
    const int32_t goal = bit ? (1 << 18) - 1 : 0;
    // At most 18 bits times 12 bits: no overflow.
    const int32_t change = ((goal - p18) * (rate_table.of[n] >> 4)) >> 12;
    state =
        static_cast<uint32_t>(p18 + change) << 14 | (n < limit ? n + 1 : n) << 7 | (state & 127);
  }
};

// How far the opinion of a counter that has been taught n times counts, in 1/256: n / (n + 0.7),
// but certain from 12 on.
inline constexpr int16_t confidence_table[13] = {0,   150, 189, 207, 217, 224, 229,
                                                 232, 235, 237, 239, 240, 256};
inline int32_t confidence(uint32_t n) {
  return confidence_table[n < 12 ? n : 12];
}

// A bit history: how often zero and how often one were seen in a context, four bits each, where a
// contradiction makes the other count shrink.
struct History {
  static constexpr uint8_t shrunk[16] = {0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7};
  static constexpr uint8_t next(uint8_t state, bool bit) {
    const unsigned zeros = state >> 4;
    const unsigned ones = state & 15U;
    const unsigned same = bit ? ones : zeros;
    const unsigned more = same < 15 ? same + 1 : 15;
    const unsigned less = shrunk[bit ? zeros : ones];
    return static_cast<uint8_t>(bit ? less << 4 | more : more << 4 | less);
  }
};

struct HistoryTable {
  uint8_t next[256][2];
  constexpr HistoryTable() : next{} {
    for (unsigned state = 0; state < 256; ++state) {
      next[state][0] = History::next(static_cast<uint8_t>(state), false);
      next[state][1] = History::next(static_cast<uint8_t>(state), true);
    }
  }
};
inline constexpr HistoryTable history_table;

// From bit histories to probabilities, one counter a state.
struct HistoryMap {
  Counter counters[256];
  HistoryMap() {
    for (uint32_t state = 0; state < 256; ++state) {
      const uint32_t zeros = state >> 4;
      const uint32_t ones = state & 15;
      // (ones + 0.4) / (zeros + ones + 0.8)
      counters[state] = Counter::of((10 * ones + 4) * 65535 / (10 * (zeros + ones) + 8), 6);
    }
  }
};

// A well-mixed hash of two words.
inline uint32_t hash(uint32_t a, uint32_t b) {
  uint32_t h = a * 0x9E3779B1U ^ (b + 0x7F4A7C15U) * 0x85EBCA6BU;
  h ^= h >> 15;
  h *= 0xC2B2AE35U;
  h ^= h >> 13;
  return h;
}

}  // namespace kerf::model
