// Which family of encoders a VCDIFF file is of, and who can apply it.
#pragma once

#include "patch/vcdiff/decode.h"

namespace kerf::vcdiff {

// "updater": what `xdelta3 -n -A -S none` and `vcdiff encode` make, and fielded updaters accept.
// "xdelta3", "open-vcdiff": with extensions of these. "rfc3284": only what the RFC says.
std::string_view profile(const Survey& all, const Counts& counts);

struct Verdict {
  std::string program;
  std::string obstacle;  // why it cannot apply the file; empty: it can
};

// By the limits and refusals that were measured on the programs themselves. kerf is the first.
std::vector<Verdict> judge(const Survey& all, const Counts& counts);

}  // namespace kerf::vcdiff
