// Where addresses and fields of the old file have gone by the map of covers: what every way of
// foretelling fields begins with.
#pragma once

#include "mcu/cm/cover.h"
#include "refs/field.h"
#include "refs/image.h"

namespace kerf::sliver {

// Borrows everything.
struct Translator {
  const refs::Image& image;
  const refs::Destination& destination;
  const CoverMap& covers;

  // The new address of an old one; nowhere if either file has none.
  CoverMap::Found map(uint64_t old_address, uint64_t& new_address) const {
    uint32_t old_offset = 0;
    uint32_t new_offset = 0;
    if (!image.map.offset_of(old_address, old_offset)) {
      return CoverMap::Found::nowhere;
    }
    const auto found = covers.find(old_offset, new_offset);
    if (found == CoverMap::Found::nowhere || !destination.map.address_of(new_offset, new_address)) {
      return CoverMap::Found::nowhere;
    }
    return found;
  }

  // What the target of `field` counts from in the new file, where it stands at `new_position`.
  // `previous`: the target of the field before it in its chunk, if `has_previous`.
  uint64_t base_of(const refs::Field& field, uint32_t new_position, bool has_previous,
                   uint64_t previous) const {
    uint64_t address = 0;
    switch (field.anchor) {
      case refs::Anchor::none:
        return 0;
      case refs::Anchor::self: {
        uint64_t old_address = 0;
        if (image.map.address_of(field.position, old_address) &&
            destination.map.address_of(new_position, address)) {
          return (address + (field.base - old_address)) & image.address_mask();
        }
        return field.base;
      }
      case refs::Anchor::region:
        return field.region < image.region_count ? destination.region_address[field.region]
                                                 : field.base;
      case refs::Anchor::previous:
        if (has_previous) {
          return previous;
        }
        break;
      case refs::Anchor::mapped:
        break;
    }
    return map(field.base, address) != CoverMap::Found::nowhere ? address : field.base;
  }
};

}  // namespace kerf::sliver
