#include "patch/sliver/field_cursor.h"

namespace kerf::sliver {

FieldCursor::FieldCursor(Arena& arena, const Parameters& parameters, const refs::Image& image,
                         const refs::Reader& old_file)
    : image_(image),
      old_file_(old_file),
      geometry_(parameters.geometry()),
      slot_count_(parameters.scan_slots) {
  if (image.region_count == 0) {
    slot_count_ = 0;
  }
  buffer_ = arena.take<uint8_t>(slot_count_ == 0 ? 0
                                                 : (size_t{1} << geometry_.chunk_bits) +
                                                       geometry_.before + geometry_.after);
  for (unsigned i = 0; i < slot_count_; ++i) {
    slots_[i].list.fields = arena.take<refs::Field>(geometry_.capacity);
    slots_[i].list.capacity = geometry_.capacity;
    slots_[i].chunk = no_chunk;
  }
}

FieldCursor::Slot* FieldCursor::load(uint32_t chunk) {
  if (last_ != nullptr && last_->chunk == chunk) {
    return last_;
  }
  Slot* oldest = &slots_[0];
  for (unsigned i = 0; i < slot_count_; ++i) {
    if (slots_[i].chunk == chunk) {
      slots_[i].used = ++clock_;
      return last_ = &slots_[i];
    }
    if (slots_[i].used < oldest->used) {
      oldest = &slots_[i];
    }
  }
  refs::Window window;
  refs::window_of(geometry_, chunk, old_file_.size, window.begin, window.end);
  window.bytes = buffer_;
  oldest->chunk = no_chunk;
  if (!old_file_.read(old_file_.context, window.begin, buffer_, window.end - window.begin) ||
      !refs::scan_chunk(image_, geometry_, chunk, old_file_.size, window, oldest->list)) {
    failed_ = true;
    return nullptr;
  }
  oldest->chunk = chunk;
  oldest->used = ++clock_;
  oldest->place = 0;
  return last_ = oldest;
}

const refs::Field* FieldCursor::next(uint32_t position, uint32_t end, uint32_t& resume) {
  resume = end;
  if (slot_count_ == 0 || failed_) {
    return nullptr;
  }
  const uint32_t chunk = position >> geometry_.chunk_bits;
  Slot* slot = load(chunk);
  if (slot == nullptr) {
    return nullptr;
  }
  const refs::FieldList& list = slot->list;
  // Most questions go on where the last one ended; others start a binary search.
  uint32_t place = slot->place;
  if (place > 0 && list.fields[place - 1].position >= position) {
    place = 0;
  }
  if (place < list.count && list.fields[place].position < position) {
    uint32_t high = list.count;
    for (uint32_t step = 1; place + step < high; step *= 2) {
      if (list.fields[place + step].position >= position) {
        high = place + step;
        break;
      }
    }
    while (place < high) {
      const uint32_t middle = place + (high - place) / 2;
      if (list.fields[middle].position < position) {
        place = middle + 1;
      } else {
        high = middle;
      }
    }
  }
  slot->place = place;
  if (place < list.count) {
    return list.fields[place].position < end ? &list.fields[place] : nullptr;
  }
  const uint64_t chunk_end = (uint64_t{chunk} + 1) << geometry_.chunk_bits;
  if (chunk_end < end) {
    resume = static_cast<uint32_t>(chunk_end);
  }
  return nullptr;
}

}  // namespace kerf::sliver
