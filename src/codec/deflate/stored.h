// Deflate streams of stored blocks alone (level 0 of every encoder): what differs between encoders
// is the sizes of the blocks, so the sizes are the params.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "codec/codec.h"

namespace kerf {

inline constexpr std::uint8_t stored_form = 4;  // first byte of the params

// `count` blocks of `size` bytes (0 to 65535) each.
struct StoredRun {
  std::uint64_t count;
  std::uint16_t size;
};

// The last block of the last run ends the stream.
void write_stored_params(std::span<const StoredRun> runs, ByteWriter& out);
// Reads all of `in`, the form's byte included. Code::corrupt, Code::truncated.
Result<std::vector<StoredRun>> read_stored_params(ByteReader& in);

// Makes such a stream. Code::mismatch if plain size and runs differ. Memory: 64 KB.
std::unique_ptr<Encoder> stored_encoder(std::vector<StoredRun> runs, Sink& packed);

}  // namespace kerf
