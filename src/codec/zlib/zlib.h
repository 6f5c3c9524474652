// zlib wrappers (RFC 1950): two bytes, a deflate stream, its Adler-32.
//
// Params: the two bytes, then deflate params.
#pragma once

#include "codec/codec.h"

namespace kerf {

const Codec& zlib_codec();

// The window size that a zlib header states, 8 to 15 bits. Code::corrupt if it is no zlib header,
// Code::unsupported if it wants a preset dictionary.
Result<unsigned> zlib_window_bits(std::uint8_t cmf, std::uint8_t flags);

}  // namespace kerf
