// Instructions of one target window, and how they are coded.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/extent.h"
#include "patch/vcdiff/code_table.h"

namespace kerf::vcdiff {

struct Instruction {
  Type type = Type::add;
  bool from_source = false;  // of a copy: from the source, else from the target window
  std::uint64_t from = 0;    // of a copy: offset in the source file or in the target window
  std::uint64_t length = 0;  // at least 1
};

// Codes a window of the target whose bytes are `window` by `instructions`, which cover it, in the
// smallest way that the default code table offers. The source segment is as narrow as the copies
// allow. Appends the whole window, header included, to `out`.
void encode_window(Bytes window, std::span<const Instruction> instructions,
                   std::vector<std::uint8_t>& out);

}  // namespace kerf::vcdiff
