// What the windows of profile `fast` know of the whole patch.
#pragma once

#include "mcu/cm/cover.h"
#include "mcu/cm/parameters.h"
#include "refs/image.h"

namespace kerf::sliver::fast {

// What all windows of a patch share; not changed while they are coded. Borrows everything.
struct Scene {
  Parameters parameters;
  const refs::Image* image = nullptr;
  const refs::Destination* destination = nullptr;
  const Cover* covers = nullptr;
  uint32_t cover_count = 0;
  CoverMap map;

  // The first cover that ends behind `position` of the new file.
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

}  // namespace kerf::sliver::fast
