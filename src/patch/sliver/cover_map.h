// Makes the map of a list of covers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mcu/cm/cover.h"

namespace kerf::sliver {

// Owns the arrays of a CoverMap. Immutable after construction.
class OwnedCoverMap {
 public:
  // The covers must lie inside an old file of `old_size` bytes. Time: O(n log n).
  OwnedCoverMap(std::span<const Cover> covers, std::uint32_t old_size);
  // Borrows from this object.
  CoverMap view() const;
  // Upper bound of the bytes that the map of `covers` covers takes.
  static std::uint64_t memory(std::uint64_t covers, std::uint64_t old_size);

 private:
  std::vector<Interval> intervals_;
  std::vector<std::uint32_t> grid_;
};

}  // namespace kerf::sliver
