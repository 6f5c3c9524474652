// VCDIFF (RFC 3284) with the extensions of xdelta3 and open-vcdiff. Normative:
// docs/formats/vcdiff.md and the RFC.
#pragma once

#include <cstdint>

#include "patch/patch.h"

namespace kerf::vcdiff {

// A target window above this size is refused: no decoder in use takes more.
constexpr std::uint64_t most_window = std::uint64_t{64} << 20;
// The most that xdelta3 before 3.2 takes.
constexpr std::uint64_t most_old_xdelta3_window = std::uint64_t{16} << 20;

// Everything that common encoders make.
const PatchReader& reader();
// What `xdelta3 -n -A -S none` and `vcdiff encode` make, and nothing else: the profile of fielded
// updaters. Not in all_readers(): both readers claim the same files.
const PatchReader& updater_reader();
const PatchWriter& writer();

}  // namespace kerf::vcdiff
