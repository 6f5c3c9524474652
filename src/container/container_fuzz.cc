// Any bytes as a file of the container KERF_FUZZ_CONTAINER (or of whichever matches, without it):
// no crash, nothing above the limits, and what is listed tiles the file.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "container/container.h"

namespace {

constexpr kerf::Limits kLimits{std::uint64_t{1} << 20, std::uint64_t{16} << 20, 4};

void expect(bool good) {
  if (!good) {
    std::abort();
  }
}

// Checksums that changed bytes would never get past.
void mend(std::vector<std::uint8_t>& file, std::string_view container) {
  if (container != "tar") {
    return;
  }
  for (std::size_t at = 0; at + 512 <= file.size(); at += 512) {
    std::uint8_t* block = file.data() + at;
    if (block[257] != 'u' || block[258] != 's') {
      continue;
    }
    std::fill_n(block + 148, 8, std::uint8_t{' '});
    unsigned sum = 0;
    for (unsigned i = 0; i < 512; ++i) {
      sum += block[i];
    }
    for (unsigned i = 0; i < 6; ++i) {
      block[148 + i] = static_cast<std::uint8_t>('0' + (sum >> (3 * (5 - i)) & 7));
    }
    block[154] = 0;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> bytes(data, data + size);
#ifdef KERF_FUZZ_CONTAINER
  mend(bytes, KERF_FUZZ_CONTAINER);
  const kerf::MemorySource file(bytes);
  for (const kerf::container::Container* container : kerf::container::all_containers()) {
    if (container->name() != KERF_FUZZ_CONTAINER) {
      continue;
    }
    expect(container->probe(file).has_value());
    const auto entries = container->entries(file, kLimits);
    if (entries) {
      expect(kerf::container::check_tiles(*entries, file.size()).has_value());
    } else {
      expect(entries.error().code() != kerf::Code::bug);
    }
  }
#else
  mend(bytes, "");
  expect(kerf::container::look_inside(kerf::MemorySource(bytes), kLimits).has_value());
#endif
  return 0;
}
