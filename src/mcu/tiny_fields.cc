#include "mcu/tiny_fields.h"

namespace kerf::mcu {

bool OldWindow::load(const OldFile& old, const refs::ImageView& image, uint32_t position) {
  const uint32_t wanted = position >> tiny_geometry.chunk_bits;
  if (wanted == chunk) return true;
  uint32_t from;
  uint32_t to;
  refs::window_of(tiny_geometry, wanted, old.size, from, to);
  // The next chunk shares most of its context with this one.
  uint32_t kept = 0;
  if (chunk != no_chunk && from >= begin && from < end) {
    kept = end - from;
    for (uint32_t i = 0; i < kept; ++i) bytes[i] = bytes[from - begin + i];
  }
  chunk = no_chunk;
  if (to > from + kept && !old.read(old.context, from + kept, bytes + kept, to - from - kept)) {
    return false;
  }
  begin = from;
  end = to;
  refs::FieldList list{fields, tiny_geometry.capacity, 0};
  if (image.region_count > 0 &&
      !refs::scan_chunk(image, tiny_geometry, wanted, old.size, {bytes, begin, end}, list)) {
    return false;
  }
  chunk = wanted;
  count = list.count;
  place = 0;
  return true;
}

const refs::Field* OldWindow::next(uint32_t position) {
  if (place > 0 && fields[place - 1].position >= position) place = 0;
  while (place < count && fields[place].position < position) ++place;
  return place < count ? &fields[place] : nullptr;
}

}  // namespace kerf::mcu
