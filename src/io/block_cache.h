// Many small reads of a large source at few system calls and little memory.
#pragma once

#include <vector>

#include "io/source.h"

namespace kerf {

// Keeps recently read, aligned blocks of a borrowed source: about 1 MB, whatever the source's size.
// Reads that span more than one block of the cache go around it. Not thread-safe, hence no Source.
class BlockCache {
 public:
  explicit BlockCache(const Source& source);
  std::uint64_t size() const { return source_.size(); }
  // As Source::read_at.
  Status read_at(std::uint64_t offset, MutBytes out);

 private:
  static constexpr std::size_t block_size = std::size_t{16} << 10;
  static constexpr std::size_t slots = 64;  // direct-mapped: block number modulo slots
  const Source& source_;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint64_t> held_;  // the block in each slot, plus one; 0 = none
};

}  // namespace kerf
