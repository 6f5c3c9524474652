// Hard ceilings for everything that reads hostile input. Always passed, never defaulted: whoever
// calls a reader decides how much it may take.
#pragma once

#include <cstdint>

namespace kerf {

struct Limits {
  std::uint64_t output;  // bytes that may be produced in all
  std::uint64_t memory;  // bytes that may be allocated at one time because input asked for them
  unsigned depth;        // levels of nesting that may be entered
};

}  // namespace kerf
