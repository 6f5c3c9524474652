// Which family of encoders a VCDIFF file is of, and who can apply it.
#pragma once

#include "patch/vcdiff/decode.h"

namespace kerf::vcdiff {

// "updater": what `xdelta3 -n -A -S none` and `vcdiff encode` make, and fielded updaters accept.
// "xdelta3", "open-vcdiff": with extensions of these. "rfc3284": only what the RFC says.
std::string_view profile(const Survey& all, const Counts& counts);

// By the limits and refusals that were measured on the programs themselves.
std::vector<std::string> appliers(const Survey& all, const Counts& counts);

}  // namespace kerf::vcdiff
