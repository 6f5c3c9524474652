// CRC-32 as in Ethernet and gzip, four bits at a time: 64 bytes of table.
#pragma once

#include <stdint.h>

namespace kerf::mcu {

inline constexpr uint32_t crc32_start = 0xffffffff;

// Takes in more bytes; the CRC is the complement of the last value.
uint32_t crc32(uint32_t crc, const uint8_t* bytes, uint32_t size);
inline uint32_t crc32_of(const uint8_t* bytes, uint32_t size) {
  return ~crc32(crc32_start, bytes, size);
}

}  // namespace kerf::mcu
