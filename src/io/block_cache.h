// Many small reads of a large source at few system calls and little memory.
#pragma once

#include <vector>

#include "io/large_buffer.h"
#include "io/source.h"

namespace kerf {

// Keeps recently read, aligned blocks of a borrowed source, whatever the source's size. Reads that
// are larger than a block go around the cache. Not thread-safe, hence no Source.
class BlockCache {
 public:
  // Large blocks for reads that mostly go on where the last one ended, small ones for reads that
  // come from everywhere: of a large block most bytes would never be asked for.
  static constexpr std::size_t sequential_block = std::size_t{16} << 10;
  static constexpr std::size_t scattered_block = std::size_t{4} << 10;
  static constexpr std::uint64_t least_memory = std::uint64_t{1} << 20;

  // Takes at most `memory` bytes (at least least_memory), and about the source's size if that is
  // less; memory that is never used is never touched. `block` is one of the two above.
  explicit BlockCache(const Source& source, std::size_t block = sequential_block,
                      std::uint64_t memory = least_memory);
  std::uint64_t size() const { return source_.size(); }
  // As Source::read_at.
  Status read_at(std::uint64_t offset, MutBytes out);

 private:
  // A block may be kept in any of the slots of its set; the one unused for longest gives way.
  static constexpr std::size_t ways = 4;
  struct Slot {
    std::uint64_t block = 0;  // its number plus one; 0 = none
    std::uint64_t used = 0;   // time of the last use
  };

  // The bytes of the block with that number, of which the source has `length`.
  Result<Bytes> fetch(std::uint64_t block, std::size_t length);

  const Source& source_;
  std::size_t block_size_;
  std::vector<Slot> slots_;  // a power of two of them
  LargeBuffer bytes_;
  std::uint64_t time_ = 0;
};

}  // namespace kerf
