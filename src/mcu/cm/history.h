// What the contexts of covered bytes remember of the window so far.
#pragma once

#include <stdint.h>

namespace kerf::sliver {

// 0 to 31 for any number: exact up to 15, then by its size.
inline uint32_t coarse(uint32_t number) {
  if (number < 16) {
    return number;
  }
  if (number < 32) {
    return 12 + (number >> 2);
  }
  uint32_t bits = 0;
  for (uint32_t left = number; left > 0; left >>= 1) {
    ++bits;
  }
  return bits < 17 ? 14 + bits : 31;
}

struct History {
  uint32_t misses = 0;        // a bit for each of the last 32 covered bytes: not as predicted
  uint32_t run = 0;           // bytes as predicted since the last miss
  uint32_t previous_run = 0;  // and before it
  uint32_t stretches = 0;     // as `misses`, for the last stretches
  uint32_t d1 = 0;            // the last differences, the latest first
  uint32_t d2 = 0;
  uint32_t burst = 0;        // the differences since the last byte as predicted, the latest lowest
  uint32_t by_lane[4] = {};  // the last difference at a position with this remainder modulo 4

  void hit(uint32_t bytes) {
    misses = bytes < 32 ? misses << bytes : 0;
    run = run + bytes < run ? 0xFFFFFFFF : run + bytes;
    burst = bytes > 0 ? 0 : burst;
  }
  void miss(uint32_t position, uint8_t difference) {
    if ((misses & 1) == 0) {
      previous_run = run;
    }
    misses = misses << 1 | 1;
    run = 0;
    d2 = d1;
    d1 = difference;
    by_lane[position & 3] = difference;
    burst = burst << 8 | difference;
  }
};

}  // namespace kerf::sliver
