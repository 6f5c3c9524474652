// cpio archives in the formats newc and crc: SWUpdate's .swu, initial file systems of Linux.
#pragma once

#include "container/container.h"

namespace kerf::container {

const Container& cpio();

}  // namespace kerf::container
