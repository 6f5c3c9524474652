// Chooses the instructions for a target window.
#pragma once

#include <vector>

#include "base/script.h"
#include "patch/vcdiff/write_window.h"

namespace kerf::vcdiff {

// A part of the target window that resembles the source at an alignment.
struct Resemblance {
  std::size_t start = 0;  // in the window
  std::size_t end = 0;
  std::int64_t alignment = 0;  // source offset minus window offset
};

// Covers `window` at the least number of bytes that the parse can find: copies from the source at
// the alignments of `resemblances` (in order, not overlapping), copies from the window itself,
// runs and adds. Follows what the code table charges, its pairs and the address cache included.
std::vector<Instruction> parse_window(Bytes from, Bytes window,
                                      std::span<const Resemblance> resemblances);

}  // namespace kerf::vcdiff
