// A window of the new file: a part that is coded on its own, so that windows can be decoded side by
// side.
#pragma once

#include "mcu/cm/cover.h"
#include "mcu/cm/match_model.h"
#include "mcu/cm/parameters.h"
#include "model/mixer.h"
#include "refs/image.h"

namespace kerf::sliver {

// What all windows of a patch share; not changed while they are coded. Borrows everything.
struct Scene {
  Parameters parameters;
  const refs::Image* image = nullptr;
  const refs::Destination* destination = nullptr;
  const Cover* covers = nullptr;
  uint32_t cover_count = 0;
  CoverMap map;
  const OldIndex* old_index = nullptr;  // null: profile `fast`, which has no match model

  // The number of the first cover that ends behind `position` of the new file.
  uint32_t first_cover(uint32_t position) const {
    uint32_t low = 0;
    for (uint32_t high = cover_count; low < high;) {
      const uint32_t middle = low + (high - low) / 2;
      if (covers[middle].to + covers[middle].length <= position) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
};

// Where the bytes of a window go that is not kept in memory.
struct Spill {
  // Takes the next bytes: a multiple of `piece` of them, less only at the end. False: it failed.
  bool (*write)(void* context, uint32_t position, const uint8_t* bytes, uint32_t size);
  void* context;
  uint32_t capacity;  // bytes at Window::made: at least OldView::capacity + 2 * piece

  static constexpr uint32_t piece = 256;
};

// The bytes of a window. Positions are those in the new file.
struct Window {
  uint8_t* made = nullptr;          // bytes from `base` up to the present position are there
  const uint8_t* wanted = nullptr;  // all of them, for an encoder; null for a decoder
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t base = begin;
  const Spill* spill = nullptr;  // null: all of the window has room
  bool failed = false;

  // How far contexts look back.
  static constexpr uint32_t memory = 8;

  // Makes room for `size` bytes, up to OldView::capacity, from `position` on.
  void make_room(uint32_t position, uint32_t size) {
    if (spill != nullptr && position + size - base > spill->capacity) {
      flush((position - base - memory) / Spill::piece * Spill::piece, position);
    }
  }
  // Hands the first `size` bytes on; those up to `position` remain.
  void flush(uint32_t size, uint32_t position) {
    failed = failed || !spill->write(spill->context, base, made, size);
    for (uint32_t i = size; i < position - base; ++i) {
      made[i - size] = made[i];
    }
    base += size;
  }

  // For an encoder: what comes at `position`. A decoder gets 0, and nothing depends on it.
  uint8_t wanted_at(uint32_t position) const {
    return wanted == nullptr ? uint8_t{0} : wanted[position - begin];
  }
  // For an encoder: are the next bytes these? A decoder gets true, and nothing depends on it.
  bool wants(uint32_t position, const uint8_t* bytes, uint32_t size) const {
    for (uint32_t i = 0; wanted != nullptr && i < size; ++i) {
      if (wanted[position - begin + i] != bytes[i]) {
        return false;
      }
    }
    return true;
  }
  void make(uint32_t position, const uint8_t* bytes, uint32_t size) const {
    for (uint32_t i = 0; i < size; ++i) {
      made[position - base + i] = bytes[i];
    }
  }
  uint8_t* at(uint32_t position) const { return made + (position - base); }
  // The byte `distance`, up to `memory`, in front of `position`; 0 if that is in front of the
  // window.
  uint32_t before(uint32_t position, uint32_t distance) const {
    return position - begin >= distance ? made[position - base - distance] : 0U;
  }
};

}  // namespace kerf::sliver
