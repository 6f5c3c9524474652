// Images of ext2, ext3 and ext4 file systems, read by libext2fs.
#pragma once

#include "container/container.h"

namespace kerf::container {

const Container& ext4();

}  // namespace kerf::container
