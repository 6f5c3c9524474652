// gzip files (RFC 1952): any number of members, whose headers are kept verbatim.
//
// Params: the number of members, and for each its plain size, its header (or nothing: the same as
// that of the member before) and its deflate params (or nothing: the same); checksum and size at
// the end of a member follow from its content.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/codec.h"

namespace kerf {

const Codec& gzip_codec();

// The header of the member at `offset`, verbatim; at most 64 KiB plus 16 bytes. Code::corrupt if
// there is none or it is longer, Code::truncated.
Result<std::vector<std::uint8_t>> read_gzip_header(const Source& packed, std::uint64_t offset);

struct GzipMember {
  std::uint64_t plain = 0;   // bytes
  std::uint64_t packed = 0;  // bytes of the deflate stream inside
  std::vector<std::uint8_t> header;
  std::vector<std::uint8_t> deflate;  // params; empty while they are unknown
};

// All members from the first byte of `packed` on, unpacked into `plain`; `members` gets one entry
// each if it is not nullptr. Ends in front of the first bytes that are no member. The first must be
// one. Errors as Codec::decode.
Result<Decoded> decode_gzip(const Source& packed, Sink& plain, const Limits& limits,
                            std::vector<GzipMember>* members);

// `packed` of the members does not matter.
void write_gzip_params(std::span<const GzipMember> members, ByteWriter& out);
// The deflate params that stand in gzip params, each once. Errors as Codec::encoder.
Result<std::vector<std::vector<std::uint8_t>>> gzip_deflate_params(Bytes params);

}  // namespace kerf
