// What an application firmware offers for updates: the calls behind pycom.ota_*(), and what it does
// at its start. Two implementations: the fielded one and ours.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "sim/pycom/layout.h"

namespace kerf::pycom {

// How the very start of the MicroPython task ends.
enum class AtStart : std::uint8_t {
  run,      // the application goes on
  restart,  // an update was applied, the watchdog resets the device
  crash,    // the CPU took an exception
};

// False from a call means that pycom.* raises "OSError: the requested operation failed".
// Not thread-safe.
class Updater {
 public:
  virtual ~Updater() = default;
  virtual AtStart at_start() = 0;
  virtual bool ota_start() = 0;
  virtual bool ota_write(Bytes bytes) = 0;
  virtual bool ota_finish() = 0;
  // The value that pycom.ota_verify() returns.
  virtual bool ota_verify() = 0;
};

}  // namespace kerf::pycom
