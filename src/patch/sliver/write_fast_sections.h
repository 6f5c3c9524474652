// Writes the sections of profile `fast`.
#pragma once

#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "io/source.h"
#include "patch/sliver/fast_walk.h"

namespace kerf::sliver::fast {

struct Section {
  std::vector<std::uint8_t> bytes;
  std::uint64_t unpacked = 0;  // bytes of its streams
};

// The streams of the map: `covers`, of which none counts as exact.
Result<Section> encode_covers(std::span<const Cover> covers);

// The window of the new bytes `wanted`, which start at `begin`, in the layout that makes it
// smallest. `from`: the old file, whole.
Result<Section> encode_window(const Scene& scene, Bytes from, Bytes wanted, std::uint32_t begin);

}  // namespace kerf::sliver::fast
