// Firmware without headers: machine and load address by votes. Internal to diff/image.
#pragma once

#include "base/bytes.h"
#include "refs/image.h"

namespace kerf {

// False if the file does not look like code of a known machine.
bool describe_raw_image(Bytes file, refs::Image& image);

// The same with the machine and the memory of `old_image`; always gives an image.
refs::Image relocate_raw_image(Bytes file, const refs::Image& old_image);

}  // namespace kerf
