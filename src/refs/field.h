// A field is a place in the old file that says where something else is: a branch displacement, an
// address, an index. If both ends of it are known to have moved, its new bytes are known as well.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "refs/kind.h"

namespace kerf::refs {

// What becomes of a field's base in the new file.
enum class Anchor : uint8_t {
  none = 0,      // there is no base (it is 0)
  self = 1,      // it keeps its distance to the field: address of the field's new place, plus
                 // (base - address of its old place)
  region = 2,    // it is the start of region `Field::region`: Destination::region_address[region]
  previous = 3,  // it is the target of the previous field of the same chunk: take what that one
                 // turned out to be, if it is known, else map `base`
  mapped = 4,    // it stands elsewhere: map `base` like a target
};

struct Field {
  uint64_t target = 0;    // what it points to in the old file
  uint64_t base = 0;      // relative to which address; see Anchor
  uint32_t position = 0;  // offset in the old file
  Kind kind = Kind::none;
  uint8_t width = 0;  // bytes: 1, 2, 3, 4 or 8
  Anchor anchor = Anchor::none;
  uint8_t region = 0;  // the region that it was found in, but with Anchor::region: its base
};

inline constexpr unsigned max_field_width = 8;

// Writes to `out` (`width` bytes) what a field of this kind becomes that was `old_bytes` in the old
// file, with this target and base in the new one. Bits that are no part of the reference are kept.
// Defined for any argument: what does not fit is cut off. `out` may be `old_bytes`.
void place(Kind kind, const uint8_t* old_bytes, uint64_t new_target, uint64_t new_base,
           uint8_t* out);

// The inverse: the target of the field whose bytes in the new file are `new_bytes`. `predicted`
// fills in what the field does not say (the page of a low part). False if the bytes are no field
// of that kind (another instruction); `target` is then untouched. `address_mask`: of the image.
bool extract(Kind kind, const uint8_t* new_bytes, uint64_t new_base, uint64_t predicted,
             uint64_t address_mask, uint64_t& target);

}  // namespace kerf::refs
