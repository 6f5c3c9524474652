// Numbers of any size: seven bits a byte, low end first, the high bit says that more follow
// (LEB128). At most ten bytes.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace kerf {

inline void write_varint(std::uint64_t value, ByteWriter& out) {
  for (; value >= 128; value >>= 7) {
    out.u8(static_cast<std::uint8_t>(value | 128));
  }
  out.u8(static_cast<std::uint8_t>(value));
}

// Code::corrupt for numbers of more than 64 bits and for more bytes than the number needs,
// Code::truncated.
inline Result<std::uint64_t> read_varint(ByteReader& in) {
  const std::uint64_t start = in.offset();
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::uint8_t byte = in.u8();
    TRY(in.status());
    if (shift == 63 && byte > 1) {
      break;
    }
    value |= std::uint64_t{byte & 127U} << shift;
    if (byte < 128) {
      if (byte == 0 && shift > 0) {
        break;
      }
      return value;
    }
  }
  return Error(Code::corrupt, "a number has more bytes than it needs, or more than 64 bits")
      .at(start);
}

}  // namespace kerf
