#include "mcu/tiny_image.h"

namespace kerf::mcu {

bool TinyImage::new_address_of(uint32_t offset, uint64_t& address) const {
  for (unsigned i = 0; i < new_segment_count; ++i) {
    const NewSegment& segment = new_segments[i];
    if (offset - segment.offset < segment.size) {
      address = segment.address + (offset - segment.offset);
      return true;
    }
  }
  return false;
}

bool TinyImage::shift_of(uint32_t offset, uint32_t& new_offset) const {
  unsigned low = 0;
  for (unsigned high = break_count; low < high;) {
    const unsigned middle = (low + high) / 2;
    if (breaks[middle].from <= offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return false;
  new_offset = offset + breaks[low - 1].shift;
  return true;
}

}  // namespace kerf::mcu
