// What a `tiny` patch tells its decoder about both images.
#pragma once

#include <span>

#include "mcu/cm/cover.h"
#include "mcu/tiny_image.h"
#include "patch/patch.h"

namespace kerf::sliver::tiny {

// As much of `images` as fits: the first segments, the largest regions whose scanners need nothing
// else. Null: no fields are looked for.
void describe(const ImagePair* images, mcu::TinyImage& image);

// Fills in the shift map: the `most` breaks that serve most references of the covers' old bytes.
void choose_breaks(Bytes from, std::span<const Cover> covers, unsigned most, mcu::TinyImage& image);

}  // namespace kerf::sliver::tiny
