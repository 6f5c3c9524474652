// Profile `fast`: what its sections look like. docs/formats/sliver-fast.md.
#pragma once

#include <cstdint>

namespace kerf::sliver::fast {

// The streams of a window's section, in their order. Numbers have two each, see below.
enum Stream : unsigned {
  spans = 0,  // numbers: covered bytes that are looked at, and that are copied as they are, in turn
  runs = 2,   // numbers: fields as foretold in front of one that is not
  gaps = 4,   // numbers: units of plain bytes that are as in old,
  lengths = 6,  // and that are not, less one
  fields = 8,   // bytes of fields that are not as foretold: one stream, or one for each place
  plain = 12,   // plain bytes that are not as in old: one stream, or one for each place in a unit
  literals = 16,
  window_streams = 17
};
inline constexpr unsigned planes = 4;

// Those of the map, behind the description of the images; numbers all.
enum MapStream : unsigned { cover_gaps = 0, cover_moves = 2, cover_lengths = 4, map_streams = 6 };

// The first byte of a window's section: how values are written.
struct Layout {
  unsigned unit_bits = 0;          // units of plain bytes have 2^n of them
  bool field_differences = false;  // from what was foretold; else as they are
  bool field_planes = false;       // a stream for each place
  bool plain_differences = false;
  bool plain_planes = false;

  static constexpr unsigned most_unit_bits = 2;
  std::uint8_t encode() const {
    return static_cast<std::uint8_t>(unit_bits | (field_differences ? 4U : 0U) |
                                     (field_planes ? 8U : 0U) | (plain_differences ? 16U : 0U) |
                                     (plain_planes ? 32U : 0U));
  }
  static bool valid(std::uint8_t byte) { return byte < 64 && (byte & 3) <= most_unit_bits; }
  static Layout decode(std::uint8_t byte) {
    return {byte & 3U, (byte & 4) != 0, (byte & 8) != 0, (byte & 16) != 0, (byte & 32) != 0};
  }
};

// A number up to 2^32 - 1 is one byte, up to most_short, or that plus the count of further bytes,
// the lowest first, which stand in the stream behind.
inline constexpr std::uint8_t most_short = 240;
inline constexpr unsigned most_tail = 4;

}  // namespace kerf::sliver::fast
