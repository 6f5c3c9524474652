// The hardware, and what both kinds of firmware need of it: flash with its optional encryption,
// the boot_info sector, the console.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "io/source.h"
#include "sim/pycom/boot_info.h"
#include "sim/pycom/console.h"
#include "sim/pycom/flash.h"
#include "sim/pycom/layout.h"

namespace kerf::pycom {

// What is soldered and fused.
struct Hardware {
  Board board = Board::flash_8mb;
  std::uint32_t psram = 4U << 20;  // bytes; 0: none
  // ESP32 flash encryption. The model's cipher is no AES, but like the chip's it depends on the
  // address, in lines of 32 bytes, which is all that matters here.
  bool encrypted = false;
};

class Machine {
 public:
  explicit Machine(const Hardware& hardware);

  const Layout& layout() const { return layout_of(hardware.board); }
  // Prints a line, if there is power.
  void print(std::string line);

  // What the CPU sees through the decrypting cache. Equal to flash.read without encryption.
  Status read_decrypted(std::uint32_t at, MutBytes out) const;
  // Programs so that read_decrypted gives `bytes` (on erased flash). `at` and the length must be
  // multiples of 16 when the flash is encrypted.
  Status program_encrypted(std::uint32_t at, Bytes bytes);
  // Puts an image, or anything else, into flash as a flashing tool would; counts no operation.
  void install_encrypted(std::uint32_t at, Bytes bytes);

  Status read_boot_info(BootInfo& out) const;
  // As fielded: computes the CRC, erases the sector, writes 40 bytes (48 when encrypted).
  Status write_boot_info(BootInfo& info);

  Hardware hardware;
  NorFlash flash;
  Console console;
  std::uint64_t psram_peak = 0;  // of the last run of a patcher
};

// The decrypted content of [offset, offset + size) as a source. Borrows the machine.
class FlashSource final : public Source {
 public:
  FlashSource(const Machine& machine, std::uint32_t offset, std::uint32_t size)
      : machine_(machine), offset_(offset), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Status read_at(std::uint64_t offset, MutBytes out) const override;

 private:
  const Machine& machine_;
  std::uint32_t offset_;
  std::uint32_t size_;
};

}  // namespace kerf::pycom
