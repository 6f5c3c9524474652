// The first bytes of a patch: what it applies to, what comes out, and what decoding takes.
#pragma once

#include <vector>

#include "base/hash.h"
#include "base/limits.h"
#include "io/source.h"
#include "mcu/cm/parameters.h"

namespace kerf::sliver {

inline constexpr std::string_view magic = "KERFSLV1";

// How a decoder learns what the old file is. Numbers are wire format.
enum class ImageKind : std::uint8_t {
  plain = 0,       // no fields are looked for
  recognised = 1,  // by its headers, refs/recognise.h
  sent = 2,        // the map section describes it
};

// The profile whose map and windows are those of fast_format.h. Numbers are wire format.
inline constexpr std::uint8_t fast_profile = 4;

struct Header {
  std::uint8_t profile = 0;  // for people, fast_profile excepted
  BlobId old_id;
  BlobId new_id;
  Parameters parameters;
  ImageKind image = ImageKind::plain;
  std::uint32_t cover_count = 0;
  std::uint64_t map_length = 0;               // bytes of the section of covers and addresses
  std::uint64_t unpacked = 0;                 // of fast_profile: a section's streams, at most
  std::vector<std::uint64_t> window_lengths;  // bytes of each window's section
  std::uint64_t length = 0;                   // of the header itself, when it was read

  // All of the patch, a trailer excepted.
  std::uint64_t total() const;
  // The new bytes of window `i`: windows are equally long, the last ones may be shorter.
  std::uint32_t window_begin(std::size_t i) const;
};

// Header with its checksum.
std::vector<std::uint8_t> encode_header(const Header& header);
// Checks every field against its bounds, the sizes against `limits.output`, and the sections
// against the size of `patch`. Errors name the field and its offset.
Result<Header> read_header(const Source& patch, const Limits& limits);

}  // namespace kerf::sliver
