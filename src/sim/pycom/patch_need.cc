#include "sim/pycom/patch_need.h"

#include <algorithm>
#include <numeric>

#include "base/extent.h"
#include "patch/bsdiff/bsdiff.h"
#include "patch/bsdiff/streams.h"
#include "sim/pycom/psram.h"

namespace kerf::pycom {

Result<PatchNeed> examine_need(const Source& patch) {
  std::array<std::uint8_t, 32> header{};
  if (patch.size() < header.size()) {
    return Error(Code::truncated, "the patch is shorter than its header").at(patch.size());
  }
  TRY(patch.read_at(0, header));
  if (!std::ranges::equal(Bytes(header).first(8), as_bytes("BSDIFF40"))) {
    return Error(Code::corrupt, "no BSDIFF40 patch").at(0);
  }
  TRY_ASSIGN(const std::uint64_t control, bsdiff::header_size(header, 8, "control length"));
  TRY_ASSIGN(const std::uint64_t difference, bsdiff::header_size(header, 16, "difference length"));
  PatchNeed need;
  TRY_ASSIGN(need.new_size, bsdiff::header_size(header, 24, "new size"));
  const std::uint64_t room = patch.size() - header.size();
  if (control > room || difference > room - control) {
    return Error(Code::truncated, "the sections pass the end of the patch").at(8);
  }
  const std::array<Extent, 3> sections{
      {{header.size(), control},
       {header.size() + control, difference},
       {header.size() + control + difference, room - control - difference}}};
  for (std::size_t i = 0; i < sections.size(); ++i) {
    TRY_ASSIGN(need.levels[i], bsdiff::stream_level(patch, sections[i], "patch"));
  }
  need.psram =
      fielded_psram_need(patch.size(), std::accumulate(need.levels.begin(), need.levels.end(), 0U));
  return need;
}

}  // namespace kerf::pycom
