// Instructions of one target window, apart from how they are coded.
#pragma once

#include "patch/vcdiff/code_table.h"

namespace kerf::vcdiff {

struct Instruction {
  Type type = Type::add;
  bool from_source = false;  // of a copy: from the source, else from the target window
  std::uint64_t from = 0;    // of a copy: offset in the source file or in the target window
  std::uint64_t length = 0;  // at least 1
};

}  // namespace kerf::vcdiff
