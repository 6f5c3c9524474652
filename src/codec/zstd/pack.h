// Makes Zstandard frames for ZstdUnpacker.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace kerf {

// `plain` as one frame without checksum or dictionary, at `level` (1 to 22). The window spans all
// of it, up to the library's limit. Deterministic for one version of the library. Code::limit if
// the library finds no memory: at the highest levels about 10 bytes for each of `plain`, 80 MB at
// least.
Result<std::vector<std::uint8_t>> zstd_pack(Bytes plain, int level);

}  // namespace kerf
