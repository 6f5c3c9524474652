#include "io/block_cache.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace kerf {

BlockCache::BlockCache(const Source& source, std::size_t block, std::uint64_t memory)
    : source_(source), block_size_(block) {
  assert(std::has_single_bit(block) && memory >= least_memory);
  const std::uint64_t wanted = std::bit_ceil(source.size() / block + 1);
  const std::uint64_t most = std::bit_floor(memory / block);
  slots_.resize(static_cast<std::size_t>(std::clamp<std::uint64_t>(wanted, ways, most)));
  bytes_ = LargeBuffer(slots_.size() * block);
}

Result<Bytes> BlockCache::fetch(std::uint64_t block, std::size_t length) {
  const std::size_t sets = slots_.size() / ways;
  const std::size_t first = static_cast<std::size_t>(block & (sets - 1)) * ways;
  std::size_t at = first;
  for (std::size_t i = first; i < first + ways; ++i) {
    if (slots_[i].block == block + 1) {
      slots_[i].used = ++time_;
      return Bytes(bytes_.data() + i * block_size_, length);
    }
    if (slots_[i].used < slots_[at].used) {
      at = i;
    }
  }
  const MutBytes place(bytes_.data() + at * block_size_, length);
  slots_[at] = {};
  TRY(source_.read_at(block * block_size_, place));
  slots_[at] = {block + 1, ++time_};
  return Bytes(place);
}

Status BlockCache::read_at(std::uint64_t offset, MutBytes out) {
  while (!out.empty()) {
    if (out.size() > block_size_ || offset >= source_.size()) {
      return source_.read_at(offset, out);
    }
    const std::uint64_t block = offset / block_size_;
    const std::uint64_t start = block * block_size_;
    const auto length =
        static_cast<std::size_t>(std::min<std::uint64_t>(block_size_, source_.size() - start));
    TRY_ASSIGN(const Bytes bytes, fetch(block, length));
    const auto skip = static_cast<std::size_t>(offset - start);
    const std::size_t part = std::min(out.size(), length - skip);
    std::copy_n(bytes.data() + skip, part, out.data());
    out = out.subspan(part);
    offset += part;
  }
  return {};
}

}  // namespace kerf
