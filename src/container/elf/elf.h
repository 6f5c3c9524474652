// ELF files by their sections: an entry for each, so that a listing names them.
#pragma once

#include "container/container.h"

namespace kerf::container {

const Container& elf();

}  // namespace kerf::container
