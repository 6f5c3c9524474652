// Little-endian loads and stores, byte by byte, and sign extension: the same on every host.
#pragma once

#include <stdint.h>

namespace kerf::refs {

inline uint32_t load16(const uint8_t* at) {
  return static_cast<uint32_t>(at[0]) | static_cast<uint32_t>(at[1]) << 8;
}
inline uint32_t load24(const uint8_t* at) {
  return load16(at) | static_cast<uint32_t>(at[2]) << 16;
}
inline uint32_t load32be(const uint8_t* at) {
  return static_cast<uint32_t>(at[0]) << 24 | static_cast<uint32_t>(at[1]) << 16 |
         static_cast<uint32_t>(at[2]) << 8 | at[3];
}
inline uint32_t load32(const uint8_t* at) {
  return load16(at) | load16(at + 2) << 16;
}
inline uint64_t load64(const uint8_t* at) {
  return static_cast<uint64_t>(load32(at)) | static_cast<uint64_t>(load32(at + 4)) << 32;
}
// A word of the image's pointer size.
inline uint64_t load_word(const uint8_t* at, unsigned size) {
  return size == 8 ? load64(at) : load32(at);
}

inline void store16(uint8_t* at, uint32_t value) {
  at[0] = static_cast<uint8_t>(value);
  at[1] = static_cast<uint8_t>(value >> 8);
}
inline void store24(uint8_t* at, uint32_t value) {
  store16(at, value);
  at[2] = static_cast<uint8_t>(value >> 16);
}
inline void store32(uint8_t* at, uint32_t value) {
  store16(at, value);
  store16(at + 2, value >> 16);
}
inline void store64(uint8_t* at, uint64_t value) {
  store32(at, static_cast<uint32_t>(value));
  store32(at + 4, static_cast<uint32_t>(value >> 32));
}

// Bits [low, low + count) of `value`, count < 32.
inline uint32_t bits(uint32_t value, unsigned low, unsigned count) {
  return value >> low & ((1u << count) - 1);
}
// `value` with its bits [low, low + count) replaced by the lowest bits of `part`.
inline uint32_t with_bits(uint32_t value, unsigned low, unsigned count, uint64_t part) {
  const uint32_t mask = ((1u << count) - 1) << low;
  return (value & ~mask) | (static_cast<uint32_t>(part) << low & mask);
}
// The lowest `count` bits of `value` as a two's complement number, modulo 2^64.
inline uint64_t sign_extend(uint64_t value, unsigned count) {
  const uint64_t sign = uint64_t{1} << (count - 1);
  value &= (sign << 1) - 1;
  return (value ^ sign) - sign;
}

}  // namespace kerf::refs
