// Any bytes as a VCDIFF file to be written again: what the reader takes makes the same file in
// every form, whatever the windows.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "patch/vcdiff/vcdiff.h"

namespace {

constexpr kerf::Limits limits{std::uint64_t{1} << 20, std::uint64_t{4} << 20, 1};
constexpr kerf::ApplyOptions options{.limits = limits, .old_sha256 = {}, .new_sha256 = {}};

void check(const kerf::Source& from, kerf::Bytes patch, kerf::Bytes made,
           const kerf::vcdiff::Form& form) {
  kerf::MemorySink sink(limits.memory * 4);
  const auto id = kerf::vcdiff::rewrite(from, kerf::MemorySource(patch), form, options, sink);
  if (!id) {
    if (id.error().code() != kerf::Code::limit) {  // the instructions may take too much memory
      std::abort();
    }
    return;
  }
  const bool plain = !form.sdch && !form.checksum;
  kerf::MemorySink again(limits.output);
  const auto status = (plain ? kerf::vcdiff::updater_reader() : kerf::vcdiff::reader())
                          .apply(from, kerf::MemorySource(sink.view()), again, options);
  if (!status || again.view().size() != made.size() ||
      !std::equal(made.begin(), made.end(), again.view().begin()) || id->size != made.size()) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const kerf::Bytes patch(data, size);
  std::array<std::uint8_t, 64> old_bytes{};
  for (std::size_t i = 0; i < old_bytes.size(); ++i) {
    old_bytes[i] = static_cast<std::uint8_t>(i);
  }
  const kerf::MemorySource from(old_bytes);
  kerf::MemorySink made(limits.output);
  if (!kerf::vcdiff::reader().apply(from, kerf::MemorySource(patch), made, options)) {
    return 0;
  }
  check(from, patch, made.view(), {});
  // Smaller windows than people may ask for, so that small targets are split.
  check(from, patch, made.view(), {.checksum = true, .window = 7});
  check(from, patch, made.view(), {.sdch = true, .interleaved = true, .window = 100});
  return 0;
}
