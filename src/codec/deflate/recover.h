// Which encoder of the deflate families made a stream (make side).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "codec/deflate/params.h"
#include "codec/recover.h"

namespace kerf {

// One deflate stream inside a larger file, and what its surroundings say about it.
struct DeflateTask {
  const Source& packed;
  std::uint64_t packed_offset;
  std::uint64_t packed_length;
  const Source& plain;
  std::uint64_t plain_offset;
  std::uint64_t plain_length;

  std::optional<unsigned> level;                 // tried first
  std::optional<unsigned> window_bits;           // known for certain
  DeflateFamily family = DeflateFamily::zlib;    // tried first
  std::vector<std::vector<std::uint8_t>> hints;  // params tried before everything else
};

// As recover(); adds to `recovery`'s work and tried, and does not touch its `exact`.
Result<std::optional<Recovered>> recover_deflate(const DeflateTask& task,
                                                 const RecoverOptions& options, Recovery& recovery);

}  // namespace kerf
