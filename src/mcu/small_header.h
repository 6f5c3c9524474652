// The header of a sliver patch, as a device reads it: docs/formats/sliver.md, chapter 3.
#pragma once

#include "mcu/cm/parameters.h"
#include "mcu/patch_bytes.h"

namespace kerf::mcu {

inline constexpr unsigned most_small_windows = 8;
// What a patch of profile `small` may ask for: a writer keeps to it.
inline constexpr uint32_t most_small_covers = 640;

struct SmallHeader {
  uint32_t old_size = 0;
  uint32_t new_size = 0;
  uint8_t old_sha256[32] = {};
  uint8_t new_sha256[32] = {};
  sliver::Parameters parameters;
  uint8_t image = 0;  // 0 no fields, 1 recognised by its headers, 2 sent
  uint32_t cover_count = 0;
  uint32_t map_length = 0;
  uint32_t window_count = 0;
  uint32_t window_lengths[most_small_windows] = {};
  uint32_t length = 0;

  // The new bytes of window `i` begin here.
  uint32_t window_begin(uint32_t i) const {
    const uint32_t each = window_count == 0 ? 0 : (new_size + window_count - 1) / window_count;
    return each != 0 && i > new_size / each ? new_size : each * i < new_size ? each * i : new_size;
  }
};

// Reads and checks it, sections included, which must end within `patch_size`. KERF_SMALL_DONE if it
// is good.
kerf_small_status read_small_header(const kerf_small_port* port, uint32_t patch_size,
                                    SmallHeader& header);

}  // namespace kerf::mcu
