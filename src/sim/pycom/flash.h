// NOR flash as the ESP32's SPI flash chip behaves: erasing sets a 4 KiB sector to ones, programming
// only clears bits. Counts operations, and loses power where a test wants it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "io/source.h"

namespace kerf::pycom {

// Copies share unchanged sectors, so that a device can be copied for every power cut of a sweep.
// Not thread-safe.
class NorFlash {
 public:
  static constexpr std::uint32_t sector_size = 4096;
  using Sector = std::array<std::uint8_t, sector_size>;

  // Blank (all ones). `size` in bytes, a multiple of the sector size.
  explicit NorFlash(std::uint32_t size);

  std::uint32_t size() const { return size_; }
  // Errors of all three: Code::limit outside the chip, Code::io while there is no power.
  Status read(std::uint32_t at, MutBytes out) const;
  // One operation, whatever the length; unerased bits stay 0, as in the chip.
  Status program(std::uint32_t at, Bytes bytes);
  // One operation. Erases the sector that holds `at`.
  Status erase_sector(std::uint32_t at);

  // Program and erase operations since construction, the torn one included.
  std::uint64_t operations() const { return operations_; }
  std::uint64_t erases() const { return erases_; }

  // The next `operations` operations succeed; power is lost during the one after them, which is
  // left half done: a program stops somewhere, with some bits of the next bytes cleared; an erase
  // leaves some bits of the rest of the sector as they were. `seed` decides where and which bits;
  // with seed 0 power goes just before the operation, which then has changed nothing.
  void cut_after(std::uint64_t operations, std::uint64_t seed);
  void cancel_cut() { armed_ = false; }
  bool cut_armed() const { return armed_; }
  // Operations left before the cut, and the seed. Meaningful while armed.
  std::uint64_t cut_countdown() const { return countdown_; }
  std::uint64_t cut_seed() const { return seed_; }
  bool powered() const { return powered_; }
  void power_off() { powered_ = false; }
  void power_on() { powered_ = true; }

  // The chip's content without its state (counters, power), for state files and test set-up.
  // nullptr for a blank sector.
  const Sector* sector(std::uint32_t index) const { return sectors_[index].get(); }
  // Overwrites bytes at will, as a flashing tool would; counts nothing. [at, at + size) must lie
  // inside the chip.
  void install(std::uint32_t at, Bytes bytes);

 private:
  Sector& writable(std::uint32_t index);
  Status reachable(std::uint32_t at, std::size_t length) const;
  // Counts an operation; true if power goes during it.
  bool begin_operation();
  void tear_program(std::uint32_t at, Bytes bytes);
  void tear_erase(std::uint32_t index);

  std::uint32_t size_;
  std::vector<std::shared_ptr<Sector>> sectors_;
  std::uint64_t operations_ = 0;
  std::uint64_t erases_ = 0;
  std::uint64_t countdown_ = 0;
  std::uint64_t seed_ = 0;
  bool armed_ = false;
  bool powered_ = true;
};

}  // namespace kerf::pycom
