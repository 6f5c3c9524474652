// ZIP archives: .zip, .jar, Android's .apk, and what else is built on them.
#pragma once

#include "container/container.h"

namespace kerf::container {

const Container& zip();

}  // namespace kerf::container
