// What a patch asks of a device.
#pragma once

#include <array>
#include <cstdint>

#include "base/result.h"
#include "io/source.h"

namespace kerf::pycom {

struct PatchNeed {
  std::array<unsigned, 3> levels{};  // bzip2 levels of control, difference and extra stream
  std::uint64_t new_size = 0;        // bytes of the image that it makes
  std::uint64_t psram = 0;           // bytes that the fielded patcher allocates in all
};

// Reads the headers of a BSDIFF40 patch. The whole source counts as the patch, trailer included,
// because the device loads all of it. Code::corrupt, Code::truncated with the offset.
Result<PatchNeed> examine_need(const Source& patch);

}  // namespace kerf::pycom
