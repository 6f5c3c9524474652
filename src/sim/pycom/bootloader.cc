#include "sim/pycom/bootloader.h"

#include "sim/pycom/esp_image.h"

namespace kerf::pycom {

namespace {

bool verifies(const Machine& machine, Slot slot) {
  const Layout& layout = machine.layout();
  return verify_esp_image(FlashSource(machine, layout.slot_offset(slot), layout.slot_size))
      .has_value();
}

}  // namespace

std::optional<Slot> run_bootloader(Machine& machine) {
  constexpr std::uint32_t factory = 0;
  constexpr std::uint32_t update_2 = 2;
  BootInfo info;
  if (!machine.read_boot_info(info)) {
    return std::nullopt;
  }
  if (!info.valid()) {
    // size and signature stay what the damaged sector says.
    info.active_image = factory;
    info.set(ImageStatus::ready);
    info.previous_image = factory;
    info.safeboot = 0;
    if (!machine.write_boot_info(info)) {
      return std::nullopt;
    }
  } else if (info.is(ImageStatus::check)) {
    if (info.active_image == update_2) {
      info.active_image = factory;
    }
    if (info.active_image > update_2 || !verifies(machine, info.active_slot())) {
      machine.print(
          "Cannot load Firmware img in the active partition! .. Defaulting back to previous "
          "partition");
      std::swap(info.active_image, info.previous_image);
    }
    info.set(ImageStatus::ready);
    if (!machine.write_boot_info(info)) {
      return std::nullopt;
    }
  }
  // Slot number 2 has no partition of its own and is only ever mapped while in CHECK.
  if (info.active_image >= update_2 || !verifies(machine, info.active_slot())) {
    return std::nullopt;
  }
  return info.active_slot();
}

}  // namespace kerf::pycom
