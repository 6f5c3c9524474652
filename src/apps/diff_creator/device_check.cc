#include "apps/diff_creator/device_check.h"

#include <algorithm>

namespace kerf::diff_creator {

Result<DeviceAnswer> try_on_device(const DeviceCheck& check, Bytes patch, pycom::Mode mode) {
  pycom::DeviceConfig config;
  config.hardware.board = check.board;
  config.mode = mode;
  pycom::Device device(config);
  TRY(device.install(pycom::Slot::factory, check.source));
  device.reset();
  DeviceAnswer answer;
  constexpr std::size_t chunk = 4096;
  bool good = device.life() == pycom::Life::running && device.download(patch, chunk, {});
  if (good) {
    device.reset();
    answer.psram_peak = device.machine().psram_peak;
    good = device.console().has("Patching SUCCESSFUL.") &&
           std::ranges::equal(device.slot_content(pycom::Slot::ota_0, check.target.size()),
                              check.target) &&
           (!check.target_boots ||
            (device.life() == pycom::Life::running && device.running() == pycom::Slot::ota_0));
  }
  if (!good) {
    for (const std::string& line : device.console().lines()) {
      answer.refusal += (answer.refusal.empty() ? "" : " / ") + line;
    }
    if (answer.refusal.empty()) {
      answer.refusal = "it says nothing";
    }
  }
  return answer;
}

}  // namespace kerf::diff_creator
