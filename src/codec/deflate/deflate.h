// Raw deflate as a codec, and as the inside of gzip and zlib wrappers.
//
// The first byte of deflate params says which form they have (docs/formats/codecs.md): a family
// (params.h), or stored_form (stored.h).
#pragma once

#include <cstdint>
#include <memory>

#include "codec/codec.h"

namespace kerf {

const Codec& deflate_codec();

// Unpacks the deflate stream at `offset` of `packed` into `plain`, at most `limits.output` bytes
// of it. Decoded.packed counts from `offset`. Errors as Codec::decode, offsets in `packed`.
// Memory: 110 KB.
Result<Decoded> inflate(const Source& packed, std::uint64_t offset, Sink& plain,
                        const Limits& limits);

}  // namespace kerf
