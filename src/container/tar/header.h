// One block that stands in front of a member of a tar archive.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace kerf::container {

constexpr std::size_t kTarBlock = 512;
using TarBlock = std::array<std::uint8_t, kTarBlock>;

struct TarHeader {
  std::string name;        // with its prefix, where there is one
  char type = 0;           // '0' file, '5' folder, 'x' pax header, ...
  std::uint64_t size = 0;  // bytes of data, as stated
  bool ustar = false;      // has a magic: else only the checksum speaks for it
  bool extended = false;   // GNU sparse: a block of the map follows
};

// Nothing if the checksum is wrong or a number is none.
std::optional<TarHeader> read_tar_header(const TarBlock& block);

bool is_zero_block(const TarBlock& block);

// What a pax header says about the member behind it.
struct PaxOverrides {
  std::optional<std::string> path;
  std::optional<std::uint64_t> size;
};

// False, if `records` are no pax records. Adds to `overrides`.
bool read_pax_records(Bytes records, PaxOverrides& overrides);

}  // namespace kerf::container
