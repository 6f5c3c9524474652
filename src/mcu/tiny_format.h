// Sizes of profile `tiny`. All of them are part of the format.
#pragma once

#include <stdint.h>

#include "refs/scan.h"

namespace kerf::mcu {

inline constexpr uint8_t tiny_profile = 5;
inline constexpr uint8_t tiny_version = 1;

inline constexpr unsigned most_segments = 6;
inline constexpr unsigned most_regions = 6;
inline constexpr unsigned most_breaks = 40;  // of the shift map
inline constexpr unsigned learned_entries = 64;
inline constexpr unsigned most_header = 640;  // bytes: they fit into the window
inline constexpr unsigned group_size = 16;    // bytes that one decision may confirm
inline constexpr unsigned diagonals = 4;      // shifts that a cover may repeat
inline constexpr uint32_t least_window_bits = 12;
inline constexpr uint32_t most_window_bits = 31;
inline constexpr unsigned page_size = 256;  // new bytes written at a time

inline constexpr refs::Geometry tiny_geometry{8, 320, 64, 48};
inline constexpr uint32_t window_capacity = 320 + 256 + 64;

}  // namespace kerf::mcu
