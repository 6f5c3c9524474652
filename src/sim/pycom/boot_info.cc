#include "sim/pycom/boot_info.h"

#include <algorithm>
#include <limits>

namespace kerf::pycom {

std::uint32_t rom_crc32(Bytes bytes) {
  std::uint32_t crc = 0;  // the complement of the start value 0xffffffff
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
  }
  return ~crc;
}

std::array<std::uint8_t, BootInfo::encoded_size> BootInfo::encode() const {
  std::array<std::uint8_t, encoded_size> out{};
  store_le32(&out[0], active_image);
  store_le32(&out[4], status);
  store_le32(&out[8], previous_image);
  store_le32(&out[12], size);
  store_le32(&out[16], safeboot);
  std::copy(signature.begin(), signature.end(), out.begin() + 20);
  store_le32(&out[36], crc);
  return out;
}

BootInfo BootInfo::decode(Bytes bytes) {
  BootInfo info;
  info.active_image = load_le32(&bytes[0]);
  info.status = load_le32(&bytes[4]);
  info.previous_image = load_le32(&bytes[8]);
  info.size = load_le32(&bytes[12]);
  info.safeboot = load_le32(&bytes[16]);
  std::copy_n(bytes.begin() + 20, info.signature.size(), info.signature.begin());
  info.crc = load_le32(&bytes[36]);
  return info;
}

std::uint32_t BootInfo::computed_crc() const {
  const auto bytes = encode();
  return rom_crc32(Bytes(bytes).first(encoded_size - 4));
}

bool BootInfo::valid() const {
  return status != std::numeric_limits<std::uint32_t>::max() && crc == computed_crc();
}

}  // namespace kerf::pycom
