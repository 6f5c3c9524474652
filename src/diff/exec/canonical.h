// Makes code that has only moved look equal: every reference of both files is rewritten to its
// target in the new file.
#pragma once

#include <utility>
#include <vector>

#include "base/script.h"
#include "diff/exec/fields.h"

namespace kerf::exec {

// Borrows all but its results.
struct Pair {
  Bytes from;
  Bytes to;
  const refs::Image& old_image;
  const refs::Image& new_image;
};

// The two files, as long as they were, with canonical references. Where an old target has gone is
// told by `script`: by the copies of `script` that hold the target, and by what the references in
// corresponding places point to; the majority wins. Deterministic.
std::pair<std::vector<std::uint8_t>, std::vector<std::uint8_t>> canonical(const Pair& pair,
                                                                          const Script& script);

}  // namespace kerf::exec
