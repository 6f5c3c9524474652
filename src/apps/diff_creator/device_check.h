// The walk of an update on the device model: download, restart, patch, start.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "sim/pycom/device.h"

namespace kerf::diff_creator {

struct DeviceCheck {
  pycom::Board board = pycom::Board::flash_8mb;
  Bytes source;  // runs on the device; must be bootable
  Bytes target;
  bool target_boots = true;  // else it only has to get into the slot
};

struct DeviceAnswer {
  std::string refusal;  // empty: the target runs
  std::uint64_t psram_peak = 0;
};

// Boards get 4 MiB of PSRAM, whether they are sold with it or not.
Result<DeviceAnswer> try_on_device(const DeviceCheck& check, Bytes patch, pycom::Mode mode);

}  // namespace kerf::diff_creator
