// Any bytes: as a file to recognise, and as the content of a region of each scanner. What scanners
// promise is checked, not only that they stand it.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "refs/test_support.h"

namespace {

using kerf::Bytes;
using namespace kerf::refs;

bool read_bytes(void* context, std::uint64_t offset, std::uint8_t* out, std::size_t size) {
  const Bytes& file = *static_cast<const Bytes*>(context);
  if (offset > file.size() || size > file.size() - offset) return false;
  std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(offset), size, out);
  return true;
}

void require(const std::string& fault) {
  if (fault.empty()) return;
  std::fprintf(stderr, "%s\n", fault.c_str());
  std::abort();
}

// Several regions by turns, so that scanners meet neighbours of any kind.
void any_regions(std::uint8_t choice, Bytes file) {
  Image image;
  const auto size = static_cast<std::uint32_t>(file.size());
  const std::uint64_t base = (choice & 0x40) != 0 ? 0x08008000 : 0;
  describe_raw(static_cast<Machine>(1 + choice % 7), Scanner::anchor, base, size, 0x20000000,
               0x10000, image);
  image.region_count = 0;
  constexpr unsigned scanners = static_cast<unsigned>(Scanner::buckets);
  const std::uint32_t step = size / 8 + 1;
  for (std::uint32_t at = 0; at < size; at += step) {
    Region& region = image.regions[image.region_count];
    region = Region{};
    region.scanner = static_cast<Scanner>(1 + (choice + image.region_count) % scanners);
    region.version = scanner_version(region.scanner);
    region.offset = at;
    region.size = std::min(step, size - at);
    region.address = base + at;
    region.aux = base + at / 2;
    if (region.version != 0) ++image.region_count;
  }
  if (valid(image, size)) require(test::fault_of(image, file, test::small_geometry));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 65536) return 0;
  Bytes file(data + 1, size - 1);
  Image image;
  if (recognise({read_bytes, &file, static_cast<std::uint32_t>(file.size())}, image)) {
    require(valid(image, static_cast<std::uint32_t>(file.size())) ? "" : "recognised, but invalid");
    require(test::fault_of(image, file, test::small_geometry));
  }
  const std::uint8_t choice = data[0];
  const auto machine = static_cast<Machine>(1 + choice % 7);
  const auto scanner =
      static_cast<Scanner>(1 + choice / 7 % static_cast<unsigned>(Scanner::buckets));
  const Image whole = test::image_of(machine, scanner, (choice & 1) != 0 ? 0x08008000 : 0, file);
  if (valid(whole, static_cast<std::uint32_t>(file.size()))) {
    require(test::fault_of(whole, file, test::small_geometry));
  }
  any_regions(choice, file);
  return 0;
}
