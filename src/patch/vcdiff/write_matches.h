// Where bytes of a target window occur earlier in the same window.
#pragma once

#include <vector>

#include "base/bytes.h"

namespace kerf::vcdiff {

// Chains of positions whose four bytes have the same hash. Borrows the window. Memory: 4 bytes a
// byte of the window, and 0.5 MB.
class WindowIndex {
 public:
  static constexpr std::size_t seed = 4;
  static constexpr std::uint32_t none = 0xffffffffU;

  explicit WindowIndex(Bytes window);
  // Makes the positions before `end` findable.
  void insert_before(std::size_t end);
  // The latest position with the hash of the four bytes at `position` (which must be there), and
  // the one before a position found; none at the end. May be at or behind `position`.
  std::uint32_t first(std::size_t position) const;
  std::uint32_t next(std::uint32_t found) const { return previous_[found]; }

 private:
  std::size_t slot(std::size_t position) const;
  Bytes window_;
  std::size_t inserted_ = 0;
  std::vector<std::uint32_t> heads_;
  std::vector<std::uint32_t> previous_;
};

}  // namespace kerf::vcdiff
