// A bzip2 stream whose block borders follow the data.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace kerf {

struct Bzip2PackOptions {
  int max_level = 9;      // 1 to 9: no block may need a decoder with more than this level's memory
  unsigned threads = 1;   // the output does not depend on it
  bool thorough = false;  // finer blocks, more trials: a few per cent smaller, five times the work
};

// `plain` as one bzip2 stream, in memory. The stock compressor fills each block to the brim,
// however different its parts are; here neighbours share a block only where that makes the stream
// smaller. The level digit is the smallest that holds the largest block, so that decoders take no
// more memory than they must. Deterministic. Cost: about twice the stock compressor's time, five
// times when thorough; memory about the packed size, twice, and 8 MB a thread.
Result<std::vector<std::uint8_t>> bzip2_pack(Bytes plain, const Bzip2PackOptions& options);

}  // namespace kerf
