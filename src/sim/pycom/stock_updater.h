// The updater as fielded (firmware 1.20.2.r4), weaknesses included; docs/pycom.md lists them.
#pragma once

#include <cstdint>

#include "sim/pycom/machine.h"
#include "sim/pycom/psram.h"
#include "sim/pycom/updater.h"

namespace kerf::pycom {

// The static variables of the updater: gone at each reset.
struct StockRegisters {
  std::uint32_t offset = 0;        // next flash address to write; 0: no download is going on
  std::uint32_t offset_start = 0;  // of the last download
  std::uint32_t current_chunk = 0;
  BootInfo boot_info;
};

class StockUpdater final : public Updater {
 public:
  // `diff_enabled`: built with DIFF_UPDATE_ENABLED=1. Borrows both.
  StockUpdater(Machine& machine, StockRegisters& registers, bool diff_enabled)
      : machine_(machine), at_(registers), diff_enabled_(diff_enabled) {}

  AtStart at_start() override;
  bool ota_start() override;
  bool ota_write(Bytes bytes) override;
  bool ota_finish() override;
  bool ota_verify() override;

 private:
  enum class Patched : std::uint8_t { yes, no, crashed };
  // Reads boot_info into the registers.
  std::uint32_t next_slot_address();
  bool is_delta_file();
  void switch_slots();
  Patched patch();
  Patched run_patcher(std::uint32_t old_address, std::uint32_t patch_address);

  Machine& machine_;
  StockRegisters& at_;
  bool diff_enabled_;
};

// The fielded decoding of a sign-and-magnitude integer: into 32 bits, the magnitude's upper bytes
// fall out.
std::int32_t fielded_integer(const std::uint8_t* at);

}  // namespace kerf::pycom
