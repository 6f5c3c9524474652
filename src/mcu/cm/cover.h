// Covers: which part of the new file resembles which part of the old one. Together they are the map
// by which references are predicted.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace kerf::sliver {

// New bytes [to, to + length) resemble old bytes [from, from + length). Covers are sorted by `to`
// and do not overlap there; in the old file they may.
struct Cover {
  uint32_t from = 0;
  uint32_t to = 0;
  uint32_t length = 0;
  bool exact = false;  // equal byte for byte: copied without a look at it
  friend bool operator==(const Cover&, const Cover&) = default;
};

// A stretch of the old file with one place in the new one.
struct Interval {
  uint32_t from = 0;
  uint32_t length = 0;
  uint32_t shift = 0;  // new position - old position, modulo 2^32
};

// Where old bytes have gone: intervals sorted by `from` that do not overlap. Where covers overlap
// in the old file, the longest has the say, and of equally long ones the first. Borrows its arrays.
struct CoverMap {
  const Interval* intervals = nullptr;
  uint32_t count = 0;
  const uint32_t* grid = nullptr;  // first interval that ends behind n << grid_bits
  uint32_t grid_size = 0;          // 0: there is none, which takes longer

  static constexpr unsigned grid_bits = 12;

  enum class Found : uint8_t { nowhere, near, inside };
  // The new position of the old one, by the interval that holds it; else by the last one in front
  // of it (near); nowhere if there is none.
  Found find(uint32_t old_position, uint32_t& new_position) const {
    if (count == 0) {
      return Found::nowhere;
    }
    const uint32_t cell = old_position >> grid_bits;
    uint32_t i = grid_size == 0 ? 0 : cell < grid_size ? grid[cell] : count;
    // The first interval that ends behind old_position.
    for (uint32_t high = cell + 1 < grid_size ? grid[cell + 1] : count; i < high;) {
      const uint32_t middle = i + (high - i) / 2;
      if (intervals[middle].from + intervals[middle].length <= old_position) {
        i = middle + 1;
      } else {
        high = middle;
      }
    }
    if (i < count && intervals[i].from <= old_position) {
      new_position = old_position + intervals[i].shift;
      return Found::inside;
    }
    if (i == 0) {
      return Found::nowhere;
    }
    new_position = old_position + intervals[i - 1].shift;
    return Found::near;
  }
};

}  // namespace kerf::sliver
