// The parts of a raw image that are no code: tables that a kernel carries with it. Internal to
// diff/image.
#pragma once

#include "base/bytes.h"
#include "refs/image.h"

namespace kerf {

// Cuts the one region of a raw image into code and tables. `image` as describe_raw() made it, with
// its true load address. The result is the same for the same bytes.
void partition_raw_image(Bytes file, refs::Image& image);

}  // namespace kerf
