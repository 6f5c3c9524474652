#include "sim/pycom/machine.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/extent.h"
#include "base/hash.h"

namespace kerf::pycom {

namespace {

constexpr std::uint32_t cipher_line = 32;

// Adds or removes the key stream of the lines that [at, at + bytes.size()) touches.
void apply_cipher(std::uint32_t at, MutBytes bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::uint32_t address = at + static_cast<std::uint32_t>(done);
    std::array<std::uint8_t, 4> line{};
    store_le32(line.data(), address / cipher_line);
    const Sha256 key = sha256(line);
    for (std::uint32_t i = address % cipher_line; i < cipher_line && done < bytes.size(); ++i) {
      bytes[done++] ^= key[i];
    }
  }
}

// Only the partitions marked so in the partition table are encrypted.
bool is_encrypted_region(const Layout& layout, std::uint32_t at) {
  const auto inside = [at](std::uint32_t start, std::uint32_t size) {
    return at >= start && at - start < size;
  };
  return inside(layout.factory, layout.slot_size) || inside(layout.ota_0, layout.slot_size) ||
         inside(layout.otadata, NorFlash::sector_size);
}

}  // namespace

Machine::Machine(const Hardware& wanted)
    : hardware(wanted), flash(layout_of(wanted.board).flash_size) {}

void Machine::print(std::string line) {
  if (flash.powered()) {
    console.print(std::move(line));
  }
}

Status Machine::read_decrypted(std::uint32_t at, MutBytes out) const {
  TRY(flash.read(at, out));
  if (hardware.encrypted && is_encrypted_region(layout(), at)) {
    apply_cipher(at, out);
  }
  return {};
}

Status Machine::program_encrypted(std::uint32_t at, Bytes bytes) {
  if (!hardware.encrypted || !is_encrypted_region(layout(), at)) {
    return flash.program(at, bytes);
  }
  if (at % 16 != 0 || bytes.size() % 16 != 0) {
    return Error(Code::bug, "an encrypted write must be in lines of 16 bytes").at(at).in("flash");
  }
  std::vector<std::uint8_t> cipher(bytes.begin(), bytes.end());
  apply_cipher(at, cipher);
  return flash.program(at, cipher);
}

void Machine::install_encrypted(std::uint32_t at, Bytes bytes) {
  std::vector<std::uint8_t> stored(bytes.begin(), bytes.end());
  if (hardware.encrypted && is_encrypted_region(layout(), at)) {
    apply_cipher(at, stored);
  }
  flash.install(at, stored);
}

Status Machine::read_boot_info(BootInfo& out) const {
  std::array<std::uint8_t, BootInfo::encoded_size> bytes{};
  TRY(read_decrypted(layout().otadata, bytes));
  out = BootInfo::decode(bytes);
  return {};
}

Status Machine::write_boot_info(BootInfo& info) {
  info.crc = info.computed_crc();
  if (Status erased = flash.erase_sector(layout().otadata); !erased) {
    print("Erasing boot info failed");
    return erased;
  }
  const auto encoded = info.encode();
  if (!hardware.encrypted) {
    return flash.program(layout().otadata, encoded);
  }
  std::array<std::uint8_t, 48> padded{};
  std::copy(encoded.begin(), encoded.end(), padded.begin());
  return program_encrypted(layout().otadata, padded);
}

Status FlashSource::read_at(std::uint64_t offset, MutBytes out) const {
  if (!Extent{offset, out.size()}.within(size_)) {
    return Error(Code::truncated, "read past the end of the flash region").at(offset);
  }
  return machine_.read_decrypted(offset_ + static_cast<std::uint32_t>(offset), out);
}

}  // namespace kerf::pycom
