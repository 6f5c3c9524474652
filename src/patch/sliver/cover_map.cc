#include "patch/sliver/cover_map.h"

#include <algorithm>
#include <numeric>
#include <queue>

namespace kerf::sliver {

OwnedCoverMap::OwnedCoverMap(std::span<const Cover> covers, std::uint32_t old_size) {
  std::vector<std::uint32_t> by_start(covers.size());
  std::iota(by_start.begin(), by_start.end(), 0U);
  std::ranges::sort(by_start, {}, [&](std::uint32_t i) { return std::pair(covers[i].from, i); });
  // Sweeps over the old file; of the covers that hold the present byte, the longest is on top.
  const auto below = [&](std::uint32_t a, std::uint32_t b) {
    return covers[a].length != covers[b].length ? covers[a].length < covers[b].length : a > b;
  };
  std::vector<std::uint32_t> storage;
  storage.reserve(covers.size());
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(below)> open(
      below, std::move(storage));
  std::uint32_t position = 0;
  const auto advance_to = [&](std::uint32_t end) {
    while (position < end && !open.empty()) {
      const Cover& cover = covers[open.top()];
      const std::uint32_t stop = std::min(end, cover.from + cover.length);
      if (stop > position) {
        const std::uint32_t shift = cover.to - cover.from;
        Interval* last = intervals_.empty() ? nullptr : &intervals_.back();
        if (last != nullptr && last->from + last->length == position && last->shift == shift) {
          last->length += stop - position;
        } else {
          intervals_.push_back({position, stop - position, shift});
        }
        position = stop;
      }
      if (cover.from + cover.length <= position) {
        open.pop();
      }
    }
    position = std::max(position, end);
  };
  for (const std::uint32_t i : by_start) {
    advance_to(covers[i].from);
    open.push(i);
  }
  advance_to(old_size);

  grid_.resize((old_size >> CoverMap::grid_bits) + 1);
  std::uint32_t at = 0;
  for (std::size_t cell = 0; cell < grid_.size(); ++cell) {
    const auto start = static_cast<std::uint32_t>(cell << CoverMap::grid_bits);
    while (at < intervals_.size() && intervals_[at].from + intervals_[at].length <= start) {
      ++at;
    }
    grid_[cell] = at;
  }
}

CoverMap OwnedCoverMap::view() const {
  return {intervals_.data(), static_cast<std::uint32_t>(intervals_.size()), grid_.data(),
          static_cast<std::uint32_t>(grid_.size())};
}

std::uint64_t OwnedCoverMap::memory(std::uint64_t covers, std::uint64_t old_size) {
  // A vector of n elements that grows holds up to 2n, and n more while it moves; the two indexes.
  return covers * (2 * 3 * sizeof(Interval) + 8) + ((old_size >> CoverMap::grid_bits) + 1) * 4;
}

}  // namespace kerf::sliver
