// A window of the new file: a part that is coded on its own, so that windows can be decoded side by
// side.
#pragma once

#include "model/mixer.h"
#include "patch/sliver/cover.h"
#include "patch/sliver/match_model.h"
#include "patch/sliver/parameters.h"
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
  const OldIndex* old_index = nullptr;
};

// The bytes of a window. Positions are those in the new file.
struct Window {
  uint8_t* made = nullptr;          // bytes up to the present position are there
  const uint8_t* wanted = nullptr;  // all of them, for an encoder; null for a decoder
  uint32_t begin = 0;
  uint32_t end = 0;

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
      made[position - begin + i] = bytes[i];
    }
  }
  uint8_t* at(uint32_t position) const { return made + (position - begin); }
  // The byte `distance` in front of `position`; 0 if that is in front of the window.
  uint32_t before(uint32_t position, uint32_t distance) const {
    return position - begin >= distance ? made[position - begin - distance] : 0U;
  }
};

}  // namespace kerf::sliver
