#include "patch/vcdiff/write_matches.h"

#include <algorithm>

namespace kerf::vcdiff {

namespace {
constexpr unsigned hash_bits = 17;
}

WindowIndex::WindowIndex(Bytes window)
    : window_(window), heads_(std::size_t{1} << hash_bits, none), previous_(window.size(), none) {}

std::size_t WindowIndex::slot(std::size_t position) const {
  return load_le32(window_.data() + position) * 2654435761U >> (32 - hash_bits);
}

void WindowIndex::insert_before(std::size_t end) {
  end = std::min(end, window_.size() - std::min(window_.size(), seed - 1));
  for (; inserted_ < end; ++inserted_) {
    std::uint32_t& head = heads_[slot(inserted_)];
    previous_[inserted_] = head;
    head = static_cast<std::uint32_t>(inserted_);
  }
}

std::uint32_t WindowIndex::first(std::size_t position) const {
  return heads_[slot(position)];
}

}  // namespace kerf::vcdiff
