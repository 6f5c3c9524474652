// The part of the old file that a cover reads, with the fields in it: one chunk at a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "mcu/tiny_image.h"
#include "refs/field.h"

namespace kerf::mcu {

struct OldFile {
  // Copies `size` bytes from `offset` to `out`; false if it cannot.
  bool (*read)(void* context, uint32_t offset, uint8_t* out, uint32_t size);
  void* context;
  uint32_t size;
};

struct OldWindow {
  uint8_t bytes[window_capacity];
  refs::Field fields[tiny_geometry.capacity];
  uint32_t begin;
  uint32_t end;
  uint32_t chunk;  // that is loaded; no_chunk: none
  uint32_t count;  // fields
  uint32_t place;  // the first field that may be asked for next

  static constexpr uint32_t no_chunk = 0xffffffff;

  void reset() { chunk = no_chunk; }
  // Makes the chunk of old position `position` the present one. False if old could not be read.
  bool load(const OldFile& old, const refs::ImageView& image, uint32_t position);
  // The first field at or behind `position` (in the present chunk); null if there is none.
  const refs::Field* next(uint32_t position);
  const uint8_t* at(uint32_t position) const { return bytes + (position - begin); }
  // Behind the present chunk.
  uint32_t chunk_end() const { return (chunk + 1) << tiny_geometry.chunk_bits; }
};

}  // namespace kerf::mcu
