#include "mcu/cm/field_cursor.h"

namespace kerf::sliver {

FieldCursor::FieldCursor(Arena& arena, const Parameters& parameters, const refs::Image& image,
                         const refs::Reader& old_file)
    : image_(image), old_file_(old_file), geometry_(parameters.geometry()) {
  if (image.region_count != 0) {
    pool_size_ = parameters.scan_slots * geometry_.capacity;
  }
  buffer_ = arena.take<uint8_t>(pool_size_ == 0 ? 0
                                                : (size_t{1} << geometry_.chunk_bits) +
                                                      geometry_.before + geometry_.after);
  pool_ = arena.take<refs::Field>(pool_size_);
  const unsigned wanted = parameters.scan_slots * kept_for_slot;
  kept_size_ = wanted < most_kept ? wanted : most_kept;
  kept_ = arena.take<Kept>(pool_size_ == 0 ? 0 : kept_size_);
}

FieldCursor::Kept* FieldCursor::find(uint32_t chunk) {
  for (unsigned i = 0; i < count_; ++i) {
    Kept& kept = kept_[(oldest_ + i) % kept_size_];
    if (kept.chunk == chunk) {
      return &kept;
    }
  }
  return nullptr;
}

// Gives up the oldest chunks until one more, with all fields that it could have, has room at head_.
void FieldCursor::make_room() {
  const auto drop = [this] {
    oldest_ = (oldest_ + 1) % kept_size_;
    --count_;
  };
  if (pool_size_ - head_ < geometry_.capacity) {
    while (count_ > 0 && kept_[oldest_].begin >= head_) {
      drop();
    }
    head_ = 0;
  }
  while (count_ > 0 &&
         (count_ == kept_size_ ||
          (kept_[oldest_].begin >= head_ && kept_[oldest_].begin - head_ < geometry_.capacity))) {
    drop();
  }
}

FieldCursor::Kept* FieldCursor::load(uint32_t chunk) {
  if (last_ != nullptr && last_->chunk == chunk) {
    return last_;
  }
  last_ = find(chunk);
  if (last_ != nullptr) {
    return last_;
  }
  make_room();
  refs::Window window;
  refs::window_of(geometry_, chunk, old_file_.size, window.begin, window.end);
  window.bytes = buffer_;
  refs::FieldList list{pool_ + head_, geometry_.capacity, 0};
  if (!old_file_.read(old_file_.context, window.begin, buffer_, window.end - window.begin) ||
      !refs::scan_chunk(image_, geometry_, chunk, old_file_.size, window, list)) {
    failed_ = true;
    return nullptr;
  }
  last_ = &kept_[(oldest_ + count_) % kept_size_];
  ++count_;
  *last_ = {chunk, head_, list.count, 0};
  head_ += list.count;
  return last_;
}

const refs::Field* FieldCursor::next(uint32_t position, uint32_t end, uint32_t& resume) {
  resume = end;
  if (pool_size_ == 0 || failed_) {
    return nullptr;
  }
  const uint32_t chunk = position >> geometry_.chunk_bits;
  Kept* kept = load(chunk);
  if (kept == nullptr) {
    return nullptr;
  }
  const refs::Field* fields = pool_ + kept->begin;
  // Most questions go on where the last one ended; others start a binary search.
  uint32_t place = kept->place;
  if (place > 0 && fields[place - 1].position >= position) {
    place = 0;
  }
  if (place < kept->count && fields[place].position < position) {
    uint32_t high = kept->count;
    for (uint32_t step = 1; place + step < high; step *= 2) {
      if (fields[place + step].position >= position) {
        high = place + step;
        break;
      }
    }
    while (place < high) {
      const uint32_t middle = place + (high - place) / 2;
      if (fields[middle].position < position) {
        place = middle + 1;
      } else {
        high = middle;
      }
    }
  }
  kept->place = place;
  if (place < kept->count) {
    return fields[place].position < end ? &fields[place] : nullptr;
  }
  const uint64_t chunk_end = (uint64_t{chunk} + 1) << geometry_.chunk_bits;
  if (chunk_end < end) {
    resume = static_cast<uint32_t>(chunk_end);
  }
  return nullptr;
}

}  // namespace kerf::sliver
