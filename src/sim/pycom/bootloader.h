// The second-stage bootloader, as fielded. Both modes run on it: devices in the field keep theirs.
#pragma once

#include <optional>

#include "sim/pycom/machine.h"

namespace kerf::pycom {

// Decides by boot_info which slot to start and rewrites boot_info where the fielded code does.
// Nothing: there is no image that could be started (or no power). An image that is not
// READY-checked by the fielded code is checked here all the same, because starting a broken one
// ends in nothing.
std::optional<Slot> run_bootloader(Machine& machine);

}  // namespace kerf::pycom
