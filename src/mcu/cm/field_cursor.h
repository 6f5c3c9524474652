// The fields of the old file, chunk by chunk as they are asked for.
#pragma once

#include "mcu/cm/arena.h"
#include "mcu/cm/parameters.h"
#include "refs/recognise.h"
#include "refs/scan.h"

namespace kerf::sliver {

// Scans chunks on demand and keeps the last ones. Not thread-safe: one for each window.
class FieldCursor {
 public:
  // Takes its buffers from `arena`; borrows the image and the old file.
  FieldCursor(Arena& arena, const Parameters& parameters, const refs::Image& image,
              const refs::Reader& old_file);

  // The first field at or behind `position`, or null if none starts before `end` (or the chunk of
  // `position` ends first: then `*resume` is where to ask again, else `end`). The pointer is valid
  // until the next call.
  const refs::Field* next(uint32_t position, uint32_t end, uint32_t& resume);
  // Could the old file not be read?
  bool failed() const { return failed_; }

 private:
  // A chunk whose fields are kept: pool_[begin] and those behind it.
  struct Kept {
    uint32_t chunk;
    uint32_t begin;
    uint32_t count;
    uint32_t place;  // where the last answer stands among them
  };
  static constexpr unsigned most_kept = 256;
  static constexpr unsigned kept_for_slot = 16;

  Kept* load(uint32_t chunk);
  Kept* find(uint32_t chunk);
  void make_room();

  const refs::Image& image_;
  const refs::Reader& old_file_;
  refs::Geometry geometry_;
  uint8_t* buffer_;
  // Chunks have few fields beside what they could have: what is kept lies close together in a pool
  // that is filled from front to back, again and again, over those that have been kept longest.
  refs::Field* pool_;
  uint32_t pool_size_ = 0;
  uint32_t head_ = 0;  // the next chunk's fields
  Kept* kept_;
  unsigned kept_size_;
  unsigned oldest_ = 0;
  unsigned count_ = 0;
  Kept* last_ = nullptr;
  bool failed_ = false;
};

}  // namespace kerf::sliver
