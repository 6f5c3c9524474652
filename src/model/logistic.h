// The logistic domain in which predictions are mixed: stretch(p) = ln(p / (1 - p)) in 1/256, and
// its inverse. Both are tables that the compiler makes by an integer recurrence, so that every
// machine has the same ones; docs/formats/sliver.md states the recurrence.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace kerf::model {

// Probabilities have 16 bits, and never reach 0 or 65536.
inline constexpr int32_t probability_one = 65536;
// squash() takes [-squash_limit, squash_limit], and clips what lies outside.
inline constexpr int32_t squash_limit = 3071;
// stretch() gives [-stretch_limit, stretch_limit]: mixer inputs of 12 bits with their sign.
inline constexpr int32_t stretch_limit = 2047;

struct LogisticTables {
  uint16_t squash[2 * squash_limit + 1];  // at x + squash_limit
  int16_t stretch[4096];                  // at p >> 4

  constexpr LogisticTables() : squash{}, stretch{} {
    constexpr uint64_t one = uint64_t{1} << 32;
    constexpr uint64_t step = 4278222818U;  // e^(-1/256) * 2^32
    uint64_t power = one;                   // e^(-x/256) * 2^32
    int32_t filled = 2048;                  // entries of stretch below this one are not done yet
    for (int32_t x = 0; x <= squash_limit; ++x) {
      const uint64_t precise = (one << 31) / ((one + power) >> 1);  // 2^32 / (1 + e^(-x/256))
      const uint64_t rounded = (precise + 32768) >> 16;
      const auto p = static_cast<uint16_t>(rounded > 65535 ? 65535 : rounded);
      squash[squash_limit + x] = p;
      squash[squash_limit - x] = static_cast<uint16_t>(probability_one - p);
      // Entry i stands for the middle of its interval, (i + 1/2) / 4096; it gets the first x that
      // reaches it.
      while (filled < 4096 && ((static_cast<uint64_t>(filled) * 2 + 1) << 19) <= precise) {
        const int32_t value = x < stretch_limit ? x : stretch_limit;
        stretch[filled] = static_cast<int16_t>(value);
        stretch[4095 - filled] = static_cast<int16_t>(-value);
        ++filled;
      }
      power = (power * step) >> 32;
    }
  }
};

inline constexpr LogisticTables logistic_tables;

// The probability (16 bits, 1 to 65535) whose logistic value is `x`.
inline int32_t squash(int32_t x) {
  if (x > squash_limit) {
    x = squash_limit;
  }
  if (x < -squash_limit) {
    x = -squash_limit;
  }
  return logistic_tables.squash[x + squash_limit];
}

// The logistic value of a probability below 65536.
inline int32_t stretch(uint32_t probability) {
  return logistic_tables.stretch[probability >> 4];
}

}  // namespace kerf::model
