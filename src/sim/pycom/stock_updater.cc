#include "sim/pycom/stock_updater.h"

#include <algorithm>
#include <array>

#include "sim/pycom/esp_image.h"

namespace kerf::pycom {

std::uint32_t StockUpdater::next_slot_address() {
  const Layout& layout = machine_.layout();
  if (!machine_.read_boot_info(at_.boot_info)) {
    return layout.ota_0;
  }
  const Slot active = at_.boot_info.active_slot();
  // An image that waits for its first boot is overwritten again.
  return layout.slot_offset(at_.boot_info.is(ImageStatus::check) ? active : other(active));
}

bool StockUpdater::ota_start() {
  at_.offset = next_slot_address();
  at_.offset_start = at_.offset;
  if (!machine_.flash.erase_sector(at_.offset) ||
      !machine_.flash.erase_sector(at_.offset + NorFlash::sector_size)) {
    return false;
  }
  at_.boot_info.size = 0;
  at_.current_chunk = 0;
  return true;
}

bool StockUpdater::ota_write(Bytes bytes) {
  if (!machine_.flash.program(at_.offset, bytes)) {
    return false;
  }
  const auto length = static_cast<std::uint32_t>(bytes.size());
  at_.offset += length;
  at_.current_chunk += length;
  at_.boot_info.size += length;
  if (at_.current_chunk >= NorFlash::sector_size) {
    at_.current_chunk -= NorFlash::sector_size;
    // One sector ahead, and no look at where the slot ends.
    return machine_.flash.erase_sector(at_.offset + NorFlash::sector_size).has_value();
  }
  return true;
}

bool StockUpdater::is_delta_file() {
  const Layout& layout = machine_.layout();
  const Slot active = at_.boot_info.active_slot();
  std::array<std::uint8_t, 32> header{};
  if (!machine_.flash.read(
          layout.slot_offset(at_.boot_info.is(ImageStatus::check) ? active : other(active)),
          header)) {
    machine_.print("Error while reading patch file header");
    return false;
  }
  return std::ranges::equal(Bytes(header).first(8), as_bytes("BSDIFF40"));
}

void StockUpdater::switch_slots() {
  constexpr std::uint32_t update_1 = 1;
  constexpr std::uint32_t update_2 = 2;
  at_.boot_info.previous_image = at_.boot_info.active_image;
  at_.boot_info.active_image = at_.boot_info.active_image == update_1 ? update_2 : update_1;
  at_.boot_info.set(ImageStatus::check);
}

bool StockUpdater::ota_finish() {
  if (at_.offset == 0) {
    return true;
  }
  if (!at_.boot_info.is(ImageStatus::check)) {
    if (is_delta_file()) {
      if (!diff_enabled_) {
        machine_.print(
            "Differential Update Image detected. This feature is disabled in the build. Enable "
            "DIFF_UPDATE_ENABLED in the build to use it.");
        at_.offset = 0;
        return false;
      }
      machine_.print("Differential Update Image detected. Restart the device to apply the patch.");
      at_.boot_info.set(ImageStatus::patch);
    } else {
      machine_.print("Full Update Image detected. Restart the device to load the new firmware.");
      switch_slots();
    }
    // The fielded code does not look whether this worked, except for the message inside.
    (void)machine_.write_boot_info(at_.boot_info).has_value();
  }
  at_.offset = 0;
  return true;
}

bool StockUpdater::ota_verify() {
  return verify_esp_image(FlashSource(machine_, at_.offset_start, at_.boot_info.size)).has_value();
}

AtStart StockUpdater::at_start() {
  BootInfo info;
  if (!diff_enabled_ || !machine_.read_boot_info(info) || !info.is(ImageStatus::patch)) {
    return AtStart::run;
  }
  switch (patch()) {
    case Patched::yes:
      return AtStart::restart;
    case Patched::crashed:
      return AtStart::crash;
    case Patched::no:
      break;
  }
  machine_.print("Patching FAILED. We will continue with the current firmware.");
  return AtStart::run;
}

}  // namespace kerf::pycom
