// The 40 bytes by which updater and bootloader talk: which slot is active, and what is to be done.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "sim/pycom/layout.h"

namespace kerf::pycom {

enum class ImageStatus : std::uint32_t { check = 0, ready = 1, patch = 2 };

// As stored, little-endian, in this order, followed by a CRC-32. Values from flash are not checked:
// whoever reads them decides what a value outside the enumerations means.
struct BootInfo {
  static constexpr std::size_t encoded_size = 40;

  std::uint32_t active_image = 0;  // 0 factory, 1 update 1 (ota_0), 2 update 2 (factory again)
  std::uint32_t status = 0;        // an ImageStatus
  std::uint32_t previous_image = 0;
  std::uint32_t size = 0;  // bytes last written to the slot: a patch, or an image
  std::uint32_t safeboot = 0;
  std::array<std::uint8_t, 16> signature{};
  std::uint32_t crc = 0;

  bool is(ImageStatus wanted) const { return status == static_cast<std::uint32_t>(wanted); }
  void set(ImageStatus wanted) { status = static_cast<std::uint32_t>(wanted); }
  // What the fielded updater takes the number for: anything but 0 is ota_0. That is wrong for
  // update 2 until the bootloader has turned the 2 into a 0.
  Slot active_slot() const { return active_image == 0 ? Slot::factory : Slot::ota_0; }
  // Fielded validity: the CRC fits, and Status is not all ones.
  bool valid() const;

  // The CRC that belongs to the other fields: zlib's crc32(first 36 bytes, 0xffffffff).
  std::uint32_t computed_crc() const;
  std::array<std::uint8_t, encoded_size> encode() const;
  // `bytes` must hold encoded_size bytes.
  static BootInfo decode(Bytes bytes);

  friend bool operator==(const BootInfo&, const BootInfo&) = default;
};

// The ROM's crc32_le(0xffffffff, bytes), which is zlib's crc32(bytes, 0xffffffff).
std::uint32_t rom_crc32(Bytes bytes);

}  // namespace kerf::pycom
