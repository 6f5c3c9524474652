#include "sim/pycom/flash.h"

#include <algorithm>
#include <string>

namespace kerf::pycom {

namespace {

// SplitMix64: small, and the same everywhere, so that a torn sector can be reproduced.
struct Random {
  std::uint64_t state;
  std::uint64_t next() {
    state += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  std::uint8_t byte() { return static_cast<std::uint8_t>(next()); }
};

}  // namespace

NorFlash::NorFlash(std::uint32_t size) : size_(size), sectors_(size / sector_size) {}

NorFlash::Sector& NorFlash::writable(std::uint32_t index) {
  std::shared_ptr<Sector>& sector = sectors_[index];
  if (!sector) {
    sector = std::make_shared<Sector>();
    sector->fill(0xFF);
  } else if (sector.use_count() > 1) {
    sector = std::make_shared<Sector>(*sector);
  }
  return *sector;
}

Status NorFlash::reachable(std::uint32_t at, std::size_t length) const {
  if (!powered_) {
    return Error(Code::io, "the device has no power").at(at).in("flash");
  }
  if (at > size_ || length > size_ - at) {
    return Error(Code::limit, "outside the chip of " + std::to_string(size_) + " bytes")
        .at(at)
        .in("flash");
  }
  return {};
}

Status NorFlash::read(std::uint32_t at, MutBytes out) const {
  TRY(reachable(at, out.size()));
  while (!out.empty()) {
    const std::uint32_t within = at % sector_size;
    const std::size_t length = std::min<std::size_t>(out.size(), sector_size - within);
    if (const Sector* sector = sectors_[at / sector_size].get()) {
      std::copy_n(sector->begin() + within, length, out.begin());
    } else {
      std::fill_n(out.begin(), length, std::uint8_t{0xFF});
    }
    at += static_cast<std::uint32_t>(length);
    out = out.subspan(length);
  }
  return {};
}

bool NorFlash::begin_operation() {
  ++operations_;
  if (!armed_) {
    return false;
  }
  if (countdown_ > 0) {
    --countdown_;
    return false;
  }
  armed_ = false;
  powered_ = false;
  return true;
}

Status NorFlash::program(std::uint32_t at, Bytes bytes) {
  TRY(reachable(at, bytes.size()));
  if (bytes.empty()) {
    return {};
  }
  if (begin_operation()) {
    if (seed_ != 0) {
      tear_program(at, bytes);
    }
    return Error(Code::io, "power was lost while programming").at(at).in("flash");
  }
  for (const std::uint8_t byte : bytes) {
    writable(at / sector_size)[at % sector_size] &= byte;
    ++at;
  }
  return {};
}

void NorFlash::tear_program(std::uint32_t at, Bytes bytes) {
  Random random{seed_ ^ operations_};
  const std::size_t whole = static_cast<std::size_t>(random.next() % (bytes.size() + 1));
  constexpr std::size_t touched = 16;  // bytes after the whole ones of which some bits were cleared
  for (std::size_t i = 0; i < bytes.size() && i < whole + touched; ++i, ++at) {
    const std::uint8_t spared = i < whole ? std::uint8_t{0} : random.byte();
    writable(at / sector_size)[at % sector_size] &= static_cast<std::uint8_t>(bytes[i] | spared);
  }
}

Status NorFlash::erase_sector(std::uint32_t at) {
  TRY(reachable(at, 1));
  ++erases_;
  if (begin_operation()) {
    if (seed_ != 0) {
      tear_erase(at / sector_size);
    }
    return Error(Code::io, "power was lost while erasing").at(at).in("flash");
  }
  sectors_[at / sector_size].reset();
  return {};
}

void NorFlash::tear_erase(std::uint32_t index) {
  Random random{seed_ ^ operations_};
  const std::size_t whole = static_cast<std::size_t>(random.next() % (sector_size + 1));
  Sector& sector = writable(index);
  for (std::size_t i = 0; i < sector.size(); ++i) {
    sector[i] |= i < whole ? std::uint8_t{0xFF} : random.byte();
  }
}

void NorFlash::cut_after(std::uint64_t operations, std::uint64_t seed) {
  armed_ = true;
  countdown_ = operations;
  seed_ = seed;
}

void NorFlash::install(std::uint32_t at, Bytes bytes) {
  while (!bytes.empty()) {
    const std::uint32_t within = at % sector_size;
    const std::size_t length = std::min<std::size_t>(bytes.size(), sector_size - within);
    const bool blank =
        length == sector_size && std::all_of(bytes.begin(), bytes.begin() + sector_size,
                                             [](std::uint8_t byte) { return byte == 0xFF; });
    if (blank) {
      sectors_[at / sector_size].reset();
    } else {
      std::copy_n(bytes.begin(), length, writable(at / sector_size).begin() + within);
    }
    at += static_cast<std::uint32_t>(length);
    bytes = bytes.subspan(length);
  }
}

}  // namespace kerf::pycom
