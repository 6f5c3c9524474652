// A Pycom board with its firmware, from power-on to the REPL.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/pycom/kerf_updater.h"
#include "sim/pycom/machine.h"
#include "sim/pycom/stock_updater.h"
#include "sim/pycom/updater.h"

namespace kerf::pycom {

// Which updater the firmware contains. The bootloader is the fielded one in both cases.
enum class Mode : std::uint8_t { stock, kerf };

enum class Life : std::uint8_t {
  off,        // no power
  running,    // at the REPL
  no_image,   // the bootloader has nothing that it could start: a brick
  boot_loop,  // the firmware crashes at each start: a brick as well
};
std::string_view life_name(Life life);

struct DeviceConfig {
  Hardware hardware;
  Mode mode = Mode::stock;
  bool diff_enabled = true;        // built with DIFF_UPDATE_ENABLED=1
  SignatureCheck signature_check;  // kerf mode; empty: unsigned patches are accepted
};

// Copyable: a copy is a second board in the same state. Not thread-safe.
class Device {
 public:
  // A board without firmware, switched off.
  explicit Device(const DeviceConfig& config);

  // Puts an image into a slot as a flashing tool would, byte for byte, good or not.
  // Code::limit if the slot is smaller.
  Status install(Slot slot, Bytes image);
  // Sets boot_info as a flashing tool would, with a right CRC.
  void install_boot_info(BootInfo info);

  // Power on (if off) and reset: bootloader, start of the firmware, and again as long as it asks
  // for a restart.
  void reset();
  void power_off();
  Life life() const { return machine_.flash.powered() ? life_ : Life::off; }
  // The slot that was started. Meaningful while running.
  Slot running() const { return running_; }

  // The module pycom. False means OSError (or, for ota_verify, False). All are false unless
  // running.
  bool diff_update_enabled() const { return config_.diff_enabled; }
  bool ota_start();
  bool ota_write(Bytes bytes);
  bool ota_finish();
  bool ota_verify();
  // start, writes of `chunk` bytes (1 to 4096), finish. False as soon as one of them is.
  // `drop_after`: the transport is cut after so many bytes, and finish is called all the same, as
  // the FTP server does.
  bool download(Bytes file, std::size_t chunk, std::optional<std::size_t> drop_after);

  // The bytes of a slot as the CPU sees them.
  std::vector<std::uint8_t> slot_content(Slot slot, std::size_t length) const;

  Machine& machine() { return machine_; }
  const Machine& machine() const { return machine_; }
  NorFlash& flash() { return machine_.flash; }
  Console& console() { return machine_.console; }
  const DeviceConfig& config() const { return config_; }
  DeviceConfig& config() { return config_; }

  // Restores what a state file says of a board that is at the REPL.
  void resume(Slot running, const StockRegisters& registers);
  const StockRegisters& stock_registers() const { return stock_; }

 private:
  std::unique_ptr<Updater> updater();
  DeviceConfig config_;
  Machine machine_;
  StockRegisters stock_;
  KerfRegisters kerf_;
  Slot running_ = Slot::factory;
  Life life_ = Life::off;
};

}  // namespace kerf::pycom
