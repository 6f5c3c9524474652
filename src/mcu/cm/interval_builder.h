// Makes the intervals of a cover map without a heap.
#pragma once

#include "mcu/cm/cover.h"

namespace kerf::sliver {

// Writes the intervals of `covers`, which must lie inside the files, to `out`, sorted by `from`;
// `order` and `out` have room for `count`. Returns how many there are: one for each cover at most,
// as a longer one takes from the start or the end of its bytes, never from their middle. Time:
// O(n log n) comparisons and O(n * n) moves.
uint32_t build_intervals(const Cover* covers, uint32_t count, uint32_t* order, Interval* out);

}  // namespace kerf::sliver
