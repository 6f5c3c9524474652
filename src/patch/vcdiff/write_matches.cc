#include "patch/vcdiff/write_matches.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace kerf::vcdiff {

namespace {

constexpr std::uint32_t none = 0xffffffffU;

constexpr std::size_t near_seed = 4;
constexpr unsigned near_bits = 15;
constexpr std::size_t near_distance = std::size_t{1} << 14;
constexpr unsigned most_links = 24;

constexpr std::size_t far_seed = 5;
constexpr unsigned far_bits = 18;
constexpr std::size_t far_ways = 4;  // entries of a bucket, the latest first
// What a position leaves of an entry holds more of the hash, so that most entries that would lead
// nowhere are known without looking at the window, which costs a cache miss.
constexpr std::size_t least_positions = std::size_t{1} << 23;

std::size_t near_slot(const std::uint8_t* at) {
  return load_le32(at) * 2654435761U >> (32 - near_bits);
}

// The far index is larger than the caches: it is asked for so many positions ahead.
constexpr std::size_t prefetch_distance = 12;

struct FarSlot {
  std::size_t bucket;  // of far_ways entries
  std::uint32_t tag;
};

FarSlot far_slot(const std::uint8_t* at, std::uint32_t position_mask) {
  const std::uint64_t bytes = load_le32(at) | std::uint64_t{at[4]} << 32;
  const std::uint64_t hash = bytes * 0x9E3779B97F4A7C15U;
  return {static_cast<std::size_t>(hash >> (64 - far_bits)) * far_ways,
          static_cast<std::uint32_t>(hash >> 10) & ~position_mask};
}

}  // namespace

WindowIndex::WindowIndex(Bytes window)
    : window_(window),
      position_mask_(
          static_cast<std::uint32_t>(std::bit_ceil(std::max(window.size(), least_positions)) - 1)),
      near_heads_(std::size_t{1} << near_bits, none),
      near_previous_(near_distance, none),
      far_(far_ways << far_bits, none) {
  assert(window.size() <= largest_window);
}

void WindowIndex::insert_before(std::size_t end) {
  end = std::min(end, window_.size() - std::min(window_.size(), far_seed - 1));
  for (; inserted_ < end; ++inserted_) {
    const std::uint8_t* at = window_.data() + inserted_;
    const auto position = static_cast<std::uint32_t>(inserted_);
    std::uint32_t& head = near_heads_[near_slot(at)];
    near_previous_[inserted_ % near_distance] = head;
    head = position;
    const FarSlot slot = far_slot(at, position_mask_);
    std::uint32_t* const bucket = far_.data() + slot.bucket;
    for (std::size_t i = far_ways - 1; i > 0; --i) {  // a call of memmove would take longer
      bucket[i] = bucket[i - 1];
    }
    *bucket = position | slot.tag;
  }
}

void WindowIndex::search(std::size_t position, std::vector<Found>& found) {
  found.clear();
  insert_before(position);
  if (window_.size() - position < far_seed) {
    return;
  }
  search_near(position, found);
  search_far(position, found);
}

void WindowIndex::offer(std::size_t position, std::size_t start, std::vector<Found>& found) const {
  const std::size_t length = common_prefix(window_.subspan(start), window_.subspan(position));
  if (length >= near_seed && (found.empty() || length > found.back().length)) {
    found.push_back({start, length});
  }
}

void WindowIndex::search_near(std::size_t position, std::vector<Found>& found) const {
  std::uint32_t at = near_heads_[near_slot(window_.data() + position)];
  for (unsigned links = 0; at != none && links < most_links; ++links) {
    if (at + near_distance <= inserted_) {
      return;
    }
    if (at < position) {  // else from a time when the window was known farther than this
      offer(position, at, found);
    }
    at = near_previous_[at % near_distance];
  }
}

void WindowIndex::search_far(std::size_t position, std::vector<Found>& found) const {
  if (window_.size() - position >= prefetch_distance + far_seed) {
    __builtin_prefetch(
        far_.data() +
        far_slot(window_.data() + position + prefetch_distance, position_mask_).bucket);
  }
  const FarSlot slot = far_slot(window_.data() + position, position_mask_);
  for (std::size_t i = 0; i < far_ways; ++i) {
    const std::uint32_t entry = far_[slot.bucket + i];
    const std::uint32_t at = entry & position_mask_;
    if (entry != none && (entry & ~position_mask_) == slot.tag && at < position) {
      offer(position, at, found);
    }
  }
}

}  // namespace kerf::vcdiff
