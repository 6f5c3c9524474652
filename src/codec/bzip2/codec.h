// bzip2 files, one stream behind the other, as a codec.
//
// Params: the version of libbz2 (three bytes), the number of streams, and for each its plain size
// and its level.
#pragma once

#include <array>

#include "codec/codec.h"

namespace kerf {

const Codec& bzip2_codec();

struct Bzip2Stream {
  std::uint64_t plain;  // bytes
  std::uint8_t level;   // 1 to 9
};
void write_bzip2_params(std::span<const Bzip2Stream> streams, ByteWriter& out);

// All streams from the first byte of `packed` on, unpacked into `plain`; `streams` gets one entry
// each if it is not nullptr. Ends in front of the first bytes that are no stream. Errors as
// Codec::decode.
Result<Decoded> decode_bzip2(const Source& packed, Sink& plain, const Limits& limits,
                             std::vector<Bzip2Stream>* streams);

}  // namespace kerf
