#include "sim/pycom/device.h"

#include <algorithm>
#include <array>
#include <string>

#include "sim/pycom/bootloader.h"

namespace kerf::pycom {

namespace {

// A firmware that crashed or restarted so often in a row will do so for ever.
constexpr int most_crashes = 3;
constexpr int most_restarts = 32;

}  // namespace

std::string_view life_name(Life life) {
  switch (life) {
    case Life::off:
      return "off";
    case Life::running:
      return "running";
    case Life::no_image:
      return "no image";
    case Life::boot_loop:
      return "boot loop";
  }
  return "off";
}

Device::Device(const DeviceConfig& config) : config_(config), machine_(config.hardware) {
  machine_.flash.power_off();
  // Something in the config sector, so that its loss can be seen.
  const std::array<std::uint8_t, 16> settings{'p', 'y', 'c', 'o', 'm', ' ', 's', 'e',
                                              't', 't', 'i', 'n', 'g', 's', '0', '1'};
  machine_.flash.install(machine_.layout().config, settings);
}

Status Device::install(Slot slot, Bytes image) {
  const Layout& layout = machine_.layout();
  if (image.size() > layout.slot_size) {
    return Error(Code::limit, "an image of " + std::to_string(image.size()) +
                                  " bytes does not fit into a slot of " +
                                  std::to_string(layout.slot_size));
  }
  machine_.install_encrypted(layout.slot_offset(slot), image);
  return {};
}

void Device::install_boot_info(BootInfo info) {
  info.crc = info.computed_crc();
  std::array<std::uint8_t, NorFlash::sector_size> sector{};
  sector.fill(0xFF);
  machine_.flash.install(machine_.layout().otadata, sector);
  machine_.install_encrypted(machine_.layout().otadata, info.encode());
}

std::unique_ptr<Updater> Device::updater() {
  if (config_.mode == Mode::stock) {
    return std::make_unique<StockUpdater>(machine_, stock_, config_.diff_enabled);
  }
  return std::make_unique<KerfUpdater>(machine_, kerf_, running_, config_.diff_enabled,
                                       config_.signature_check);
}

void Device::power_off() {
  machine_.flash.power_off();
  life_ = Life::off;
}

void Device::reset() {
  machine_.flash.power_on();
  int crashes = 0;
  for (int restarts = 0; restarts < most_restarts; ++restarts) {
    stock_ = StockRegisters();
    kerf_ = KerfRegisters();
    const std::optional<Slot> started = run_bootloader(machine_);
    if (!machine_.flash.powered()) {
      life_ = Life::off;
      return;
    }
    if (!started) {
      life_ = Life::no_image;
      return;
    }
    running_ = *started;
    const AtStart end = updater()->at_start();
    if (!machine_.flash.powered()) {
      life_ = Life::off;
      return;
    }
    if (end == AtStart::run) {
      life_ = Life::running;
      return;
    }
    if (end == AtStart::crash && ++crashes == most_crashes) {
      break;
    }
  }
  life_ = Life::boot_loop;
}

bool Device::ota_start() {
  return life() == Life::running && updater()->ota_start();
}
bool Device::ota_write(Bytes bytes) {
  return life() == Life::running && updater()->ota_write(bytes);
}
bool Device::ota_finish() {
  return life() == Life::running && updater()->ota_finish();
}
bool Device::ota_verify() {
  return life() == Life::running && updater()->ota_verify();
}

bool Device::download(Bytes file, std::size_t chunk, std::optional<std::size_t> drop_after) {
  if (!ota_start()) {
    return false;
  }
  Bytes rest = file.first(std::min(file.size(), drop_after.value_or(file.size())));
  while (!rest.empty()) {
    const std::size_t now = std::min(chunk, rest.size());
    if (!ota_write(rest.first(now))) {
      return false;
    }
    rest = rest.subspan(now);
  }
  return ota_finish();
}

std::vector<std::uint8_t> Device::slot_content(Slot slot, std::size_t length) const {
  Machine copy = machine_;
  copy.flash.power_on();  // whatever the board does: this reads the chip
  std::vector<std::uint8_t> content(length);
  if (!copy.read_decrypted(copy.layout().slot_offset(slot), content)) {
    content.clear();
  }
  return content;
}

void Device::resume(Slot running, const StockRegisters& registers) {
  machine_.flash.power_on();
  running_ = running;
  stock_ = registers;
  life_ = Life::running;
}

}  // namespace kerf::pycom
