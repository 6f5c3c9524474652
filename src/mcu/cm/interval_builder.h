// Makes the intervals of a cover map without a heap.
#pragma once

#include "mcu/cm/cover.h"

namespace kerf::sliver {

// Writes the intervals of `covers` to `out`, sorted by `from`; `order` has room for `count`
// numbers. Returns how many there are, or `capacity` + 1 if there are more than `capacity`. The
// covers must lie inside the files. Time: O(n log n) comparisons and O(n * n) moves.
uint32_t build_intervals(const Cover* covers, uint32_t count, uint32_t* order, Interval* out,
                         uint32_t capacity);

}  // namespace kerf::sliver
