// tar archives: v7, ustar, pax, GNU.
#pragma once

#include "container/container.h"

namespace kerf::container {

const Container& tar();

}  // namespace kerf::container
