// All references of an executable file, as the scanners of refs/ find them.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "refs/field.h"
#include "refs/image.h"

namespace kerf::exec {

// A reference, without what only decoders need.
struct Reference {
  std::uint64_t target = 0;
  std::uint32_t position = 0;
  refs::Kind kind = refs::Kind::none;
  std::uint8_t width = 0;
};

// Sorted by position, not overlapping. Takes 16 bytes for each. `image` must be valid() for `file`.
std::vector<Reference> references(Bytes file, const refs::Image& image);

}  // namespace kerf::exec
