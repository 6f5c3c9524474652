// Unix archives of ar (System V, GNU and BSD names), and with them Debian packages (.deb).
#pragma once

#include "container/container.h"

namespace kerf::container {

const Container& ar();

}  // namespace kerf::container
