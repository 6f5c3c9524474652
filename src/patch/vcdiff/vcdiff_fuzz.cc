// Any bytes as a VCDIFF file, through both readers: no crash, no more output than is permitted, and
// the strict reader never takes what the other refuses.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "patch/vcdiff/vcdiff.h"

namespace {

constexpr kerf::Limits limits{std::uint64_t{1} << 20, std::uint64_t{4} << 20, 1};

bool apply(const kerf::PatchReader& reader, kerf::Bytes patch, std::vector<std::uint8_t>& made) {
  std::vector<std::uint8_t> old_bytes(64);
  for (std::size_t i = 0; i < old_bytes.size(); ++i) {
    old_bytes[i] = static_cast<std::uint8_t>(i);
  }
  kerf::MemorySink sink(limits.output);
  const auto status = reader.apply(kerf::MemorySource(old_bytes), kerf::MemorySource(patch), sink,
                                   {.limits = limits, .old_sha256 = {}, .new_sha256 = {}});
  if (!status && status.error().code() == kerf::Code::bug) {
    std::abort();
  }
  made = std::move(sink).take();
  return status.has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const kerf::Bytes patch(data, size);
  const auto info = kerf::vcdiff::reader().info(kerf::MemorySource(patch), limits);
  std::vector<std::uint8_t> full;
  std::vector<std::uint8_t> strict;
  const bool accepted = apply(kerf::vcdiff::reader(), patch, full);
  const bool accepted_strictly = apply(kerf::vcdiff::updater_reader(), patch, strict);
  if (accepted && (!info || info->new_size != full.size())) {
    std::abort();
  }
  if (accepted_strictly && (!accepted || strict != full || info->profile != "updater")) {
    std::abort();
  }
  return 0;
}
