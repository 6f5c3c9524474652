// Blocks of several bzip2 streams as one stream. Blocks are not aligned to bytes, and nothing in
// them depends on their place, so that they can be made apart (and by several threads) and joined.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace kerf {

class Bzip2Joiner {
 public:
  // Starts a stream of `level` (1 to 9), which must be at least that of every stream to come.
  explicit Bzip2Joiner(int level);
  // Appends the block of `stream`, a complete bzip2 stream of exactly one block (or of none, which
  // appends nothing). Code::bug if it is not.
  Status append(Bytes stream);
  // Ends the stream and gives it away.
  std::vector<std::uint8_t> finish() &&;

 private:
  void put(std::uint64_t bits, unsigned count);

  std::vector<std::uint8_t> out_;
  std::uint64_t pending_ = 0;  // bits that do not fill a byte yet, in the low end
  unsigned pending_count_ = 0;
  std::uint32_t checksum_ = 0;
};

}  // namespace kerf
