// The flash layout of Pycom's two board types, and the limits that follow from it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace kerf::pycom {

// Boards of chip revision 1 have 8 MB of flash and 4 MiB of PSRAM, those of revision 0 have 4 MB
// and none.
enum class Board : std::uint8_t { flash_8mb, flash_4mb };

// The two places an application can live in. `boot_info` knows a third name, "update 2", for the
// first.
enum class Slot : std::uint8_t { factory = 0, ota_0 = 1 };
constexpr Slot other(Slot slot) {
  return slot == Slot::factory ? Slot::ota_0 : Slot::factory;
}
std::string_view slot_name(Slot slot);

struct Partition {
  std::string_view name;
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

// Sizes in bytes, offsets from the start of the chip.
struct Layout {
  std::string_view name;  // "8mb", "4mb"
  std::uint32_t flash_size = 0;
  std::uint32_t psram_size = 0;
  std::uint32_t slot_size = 0;
  std::uint32_t factory = 0;
  std::uint32_t ota_0 = 0;
  std::uint32_t otadata = 0;
  std::uint32_t config = 0;
  std::span<const Partition> partitions;  // by offset

  std::uint32_t slot_offset(Slot slot) const { return slot == Slot::factory ? factory : ota_0; }
  // The largest target: one byte more, and the fielded updater, which erases one sector ahead,
  // wipes the sector behind the slot.
  std::uint32_t largest_target() const { return slot_size - 4096 - 1; }
};

// Static storage.
const Layout& layout_of(Board board);

}  // namespace kerf::pycom
