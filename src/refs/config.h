// What is left out of a build for a small device. Internal to refs.
#pragma once

#include "refs/image.h"

// Bit n: the scanner with number n, and its encodings of fields. All unless the build says
// otherwise.
#ifndef KERF_REFS_SCANNERS
#define KERF_REFS_SCANNERS 0xffffffff
#endif

namespace kerf::refs {

constexpr bool included(Scanner scanner) {
  return (uint32_t{KERF_REFS_SCANNERS} >> static_cast<unsigned>(scanner) & 1) != 0;
}

}  // namespace kerf::refs
