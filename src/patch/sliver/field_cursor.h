// The fields of the old file, chunk by chunk as they are asked for.
#pragma once

#include "patch/sliver/arena.h"
#include "patch/sliver/parameters.h"
#include "refs/recognise.h"
#include "refs/scan.h"

namespace kerf::sliver {

// Scans chunks on demand and keeps the last few. Not thread-safe: one for each window.
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
  struct Slot {
    refs::FieldList list;
    uint32_t chunk;
    uint32_t used;   // when it was used last
    uint32_t place;  // where the last answer stands in the list
  };
  static constexpr uint32_t no_chunk = 0xFFFFFFFF;
  static constexpr unsigned most_slots = 16;

  Slot* load(uint32_t chunk);

  const refs::Image& image_;
  const refs::Reader& old_file_;
  refs::Geometry geometry_;
  uint8_t* buffer_;
  unsigned slot_count_;
  Slot slots_[most_slots] = {};
  Slot* last_ = nullptr;
  uint32_t clock_ = 0;
  bool failed_ = false;
};

}  // namespace kerf::sliver
