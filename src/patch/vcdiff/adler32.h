// Adler-32 (RFC 1950), with a start value of one's choice: xdelta3 starts at 1, open-vcdiff at 0.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/bytes.h"

namespace kerf::vcdiff {

constexpr std::uint32_t checksum_start = 1;
constexpr std::uint32_t sdch_checksum_start = 0;

inline std::uint32_t adler32(std::uint32_t start, Bytes bytes) {
  constexpr std::uint32_t modulus = 65521;
  // So many bytes fit between two reductions.
  constexpr std::size_t stretch = 5552;
  std::uint32_t a = start & 0xffffU;
  std::uint32_t b = start >> 16;
  while (!bytes.empty()) {
    const Bytes part = bytes.first(std::min(bytes.size(), stretch));
    for (const std::uint8_t byte : part) {
      a += byte;
      b += a;
    }
    a %= modulus;
    b %= modulus;
    bytes = bytes.subspan(part.size());
  }
  return b << 16 | a;
}

}  // namespace kerf::vcdiff
