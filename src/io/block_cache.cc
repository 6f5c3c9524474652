#include "io/block_cache.h"

#include <algorithm>

namespace kerf {

BlockCache::BlockCache(const Source& source)
    : source_(source),
      // A source smaller than the cache needs no more slots than it has blocks.
      held_(static_cast<std::size_t>(
          std::clamp<std::uint64_t>((source.size() + block_size - 1) / block_size, 1, slots))) {
  bytes_.resize(held_.size() * block_size);
}

Status BlockCache::read_at(std::uint64_t offset, MutBytes out) {
  while (!out.empty()) {
    const std::uint64_t block = offset / block_size;
    const std::uint64_t start = block * block_size;
    if (out.size() > block_size || offset >= source_.size()) {
      return source_.read_at(offset, out);
    }
    const auto slot = static_cast<std::size_t>(block % held_.size());
    const MutBytes place = MutBytes(bytes_).subspan(slot * block_size, block_size);
    if (held_[slot] != block + 1) {
      held_[slot] = 0;
      const auto length =
          static_cast<std::size_t>(std::min<std::uint64_t>(block_size, source_.size() - start));
      TRY(source_.read_at(start, place.first(length)));
      held_[slot] = block + 1;
    }
    const auto skip = static_cast<std::size_t>(offset - start);
    const std::size_t available =
        static_cast<std::size_t>(std::min<std::uint64_t>(block_size, source_.size() - start)) -
        skip;
    const std::size_t part = std::min(out.size(), available);
    std::copy_n(place.begin() + static_cast<std::ptrdiff_t>(skip), part, out.begin());
    out = out.subspan(part);
    offset += part;
  }
  return {};
}

}  // namespace kerf
