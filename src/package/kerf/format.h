// Numbers that reader and writer of packages share; wire format.
#pragma once

#include <cstddef>
#include <cstdint>

#include "package/kerf/package.h"

namespace kerf::package {

inline constexpr std::size_t head_size = 12;  // the mark, and 4 bytes length of the manifest

// Units of what the manifest says of memory and scratch space (bytes) and time (nanoseconds).
inline constexpr std::uint64_t size_unit = 1024;
inline constexpr std::uint64_t time_unit = 1000000;

// The byte behind the manifest.
inline constexpr std::uint8_t unsigned_kind = 0;  // a checksum follows
inline constexpr std::uint8_t ed25519_kind = 1;   // a key id and a signature follow

// The first bytes of the SHA-256 of all before it: for accidents; against attacks only a signature
// helps.
inline constexpr std::size_t checksum_size = 4;

// Code::mismatch if `content` is not what `section` says; `number` is for the message.
Status check_section(const Source& content, const Section& section, std::size_t number);
// What a section with this content says.
Result<Section> section_of(const Source& content);

}  // namespace kerf::package
