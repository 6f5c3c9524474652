// What a `tiny` patch says about both files: a refs image with few segments, and the shift map.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "mcu/tiny_format.h"
#include "refs/image.h"

namespace kerf::mcu {

// A stretch of the new file that memory holds at `address`.
struct NewSegment {
  uint64_t address;
  uint32_t offset;
  uint32_t size;
};

// Old bytes from here to the next break have gone to old position + shift (modulo 2^32).
struct Break {
  uint32_t from;
  uint32_t shift;
};

// Filled field by field: a plain aggregate, as device memory is not constructed.
struct TinyImage {
  uint8_t machine;
  uint8_t pointer_size;
  uint8_t segment_count;
  uint8_t region_count;
  uint8_t new_segment_count;
  uint8_t break_count;
  refs::Segment segments[most_segments];
  refs::Region regions[most_regions];
  NewSegment new_segments[most_segments];
  Break breaks[most_breaks];

  refs::ImageView view() const {
    return {static_cast<refs::Machine>(machine),
            pointer_size,
            region_count,
            {segments, segment_count},
            regions};
  }
  uint64_t address_mask() const { return pointer_size == 8 ? ~uint64_t{0} : 0xffffffffu; }
  // The address of the byte at `offset` of the new file; false if none.
  bool new_address_of(uint32_t offset, uint64_t& address) const;
  // Where the old byte at `offset` has gone by the shift map; false if the map says nothing.
  bool shift_of(uint32_t offset, uint32_t& new_offset) const;
};

}  // namespace kerf::mcu
