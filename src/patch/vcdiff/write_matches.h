// Where bytes of a target window occur earlier in the same window.
#pragma once

#include <vector>

#include "base/bytes.h"

namespace kerf::vcdiff {

// Two indexes: matches of four bytes and more serve only from close by, where an address takes one
// or two bytes; from farther away they must be longer. Borrows the window. Memory: about 5 MB.
class WindowIndex {
 public:
  static constexpr std::size_t largest_window = std::size_t{1} << 26;

  struct Found {
    std::size_t start = 0;   // before the position asked for
    std::size_t length = 0;  // equal bytes, at least 4
  };

  // `window` has at most largest_window bytes.
  explicit WindowIndex(Bytes window);
  // Fills `found` with some places whose bytes equal those at `position`, the nearer ones first,
  // each longer than those before it. Positions may be asked for again, but not from much earlier.
  void search(std::size_t position, std::vector<Found>& found);

 private:
  void insert_before(std::size_t end);
  void search_near(std::size_t position, std::vector<Found>& found) const;
  void search_far(std::size_t position, std::vector<Found>& found) const;
  void offer(std::size_t position, std::size_t start, std::vector<Found>& found) const;

  Bytes window_;
  std::uint32_t position_mask_;  // of the entries of far_
  std::size_t inserted_ = 0;
  std::vector<std::uint32_t> near_heads_;     // by hash of four bytes: the latest position
  std::vector<std::uint32_t> near_previous_;  // by position modulo its size: the one before
  std::vector<std::uint32_t> far_;            // by hash of five bytes: some positions with tags
};

}  // namespace kerf::vcdiff
