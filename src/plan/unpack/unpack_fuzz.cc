// Any bytes as the new version of a file, and their second half as the old one: no crash, nothing
// above the limits, and what is unpacked leads down and up again, byte for byte.
#include <cstdint>
#include <cstdlib>

#include "plan/unpack/test_layers.h"
#include "plan/unpack/unpack.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto expect = [](bool good) {
    if (!good) {
      std::abort();
    }
  };
  kerf::plan::UnpackOptions options{{std::uint64_t{1} << 20, std::uint64_t{128} << 20, 4}};
  options.spool_memory = 10'000;
  options.most_corrections_percent = 100;
  const kerf::Bytes bytes(data, size);
  const auto pair = kerf::plan::unpack(bytes.subspan(size / 2), bytes, options);
  expect(pair.has_value());
  // The sum of all layers is bounded, and what stays as it is comes on top.
  const kerf::Limits limits{options.limits.output + 8 * size, options.limits.memory, 1};
  expect(kerf::plan::test::goes_down(pair->old_file, limits).has_value());
  expect(kerf::plan::test::goes_up(pair->new_file, limits).has_value());
  for (const kerf::plan::Unpacked* file : {&pair->old_file, &pair->new_file}) {
    for (const kerf::plan::Member& member : file->members) {
      for (const kerf::Extent& extent : member.extents) {
        expect(extent.within(file->content().size()));
      }
    }
  }
  return 0;
}
