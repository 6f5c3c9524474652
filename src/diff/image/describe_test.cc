// Raw images made by hand: machine, load address and tables must be found.
#include "diff/image/describe.h"

#include <gtest/gtest.h>

#include "base/test_bytes.h"

namespace kerf {
namespace {

using refs::Machine;
using refs::Scanner;

void put16(std::vector<std::uint8_t>& file, std::uint32_t value) {
  file.push_back(static_cast<std::uint8_t>(value));
  file.push_back(static_cast<std::uint8_t>(value >> 8));
}
void put32(std::vector<std::uint8_t>& file, std::uint32_t value) {
  put16(file, value);
  put16(file, value >> 16);
}
void put64(std::vector<std::uint8_t>& file, std::uint64_t value) {
  put32(file, static_cast<std::uint32_t>(value));
  put32(file, static_cast<std::uint32_t>(value >> 32));
}

// Where functions of 48 to 108 bytes start: at irregular places, as real ones do. The last number
// is the end of the last one.
std::vector<std::uint32_t> function_starts(std::uint32_t count) {
  test::Random random(count);
  std::vector<std::uint32_t> starts{0};
  for (std::uint32_t i = 0; i < count; ++i) {
    starts.push_back(starts.back() + 48 + 4 * static_cast<std::uint32_t>(random.below(16)));
  }
  return starts;
}

// Thumb functions that call each other and load addresses of functions and of RAM.
std::vector<std::uint8_t> thumb_firmware(std::uint32_t base, std::uint32_t functions) {
  test::Random random(3);
  const auto starts = function_starts(functions);
  std::vector<std::uint8_t> file;
  for (std::uint32_t i = 0; i < functions; ++i) {
    const std::uint32_t literal = starts[i + 1] - starts[i] - 8;
    put16(file, 0xb510);                      // push {r4, lr}
    put16(file, 0x4800 | (literal - 4) / 4);  // ldr r0, the first literal
    put16(file, 0x4900 | (literal - 4) / 4);  // ldr r1, the second one
    put16(file, 0xbf00);
    for (int call = 0; call < 7; ++call) {
      const std::uint32_t target = starts[random.below(functions / 4)];
      const std::uint32_t distance = target - (static_cast<std::uint32_t>(file.size()) + 4);
      const std::uint32_t sign = distance >> 24 & 1;
      put16(file, 0xf000 | sign << 10 | (distance >> 12 & 0x3ff));
      put16(file, 0xd000 | ((distance >> 23 & 1) ^ sign ^ 1) << 13 |
                      ((distance >> 22 & 1) ^ sign ^ 1) << 11 | (distance >> 1 & 0x7ff));
    }
    put16(file, 0xbd10);  // pop {r4, pc}
    while (file.size() != starts[i] + literal) put16(file, 0xbf00);
    put32(file, base + starts[random.below(functions)] + 1);
    put32(file, 0x20000000 + static_cast<std::uint32_t>(random.below(0x4000)) * 4);
  }
  return file;
}

TEST(DescribeImage, VotesOnThumbFirmware) {
  for (const std::uint32_t base : {0x08004000u, 0x2000u, 0x60000100u}) {
    const auto file = thumb_firmware(base, 400);
    Description description;
    ASSERT_TRUE(describe_image(file, description));
    const refs::Image& image = description.image;
    EXPECT_FALSE(description.by_headers);
    EXPECT_EQ(image.machine, Machine::arm);
    EXPECT_EQ(image.regions[0].scanner, Scanner::thumb);
    EXPECT_EQ(image.map.segments[0].address, base);
    EXPECT_TRUE(image.map.contains(0x20004000));
    // The new version is at another place; both know the same RAM.
    const auto moved = thumb_firmware(base + 0x1000, 420);
    const refs::Image next = describe_new_version(moved, description);
    EXPECT_EQ(next.map.segments[0].address, base + 0x1000);
    EXPECT_EQ(next.map.segments[0].file_size, moved.size());
    EXPECT_EQ(next.map.count, image.map.count);
    EXPECT_TRUE(refs::valid(next, static_cast<std::uint32_t>(moved.size())));
  }
}

TEST(DescribeImage, SaysNothingOfNoise) {
  for (const unsigned values : {1u, 4u, 256u}) {
    Description description;
    EXPECT_FALSE(describe_image(test::noise(300000, values, values), description)) << values;
  }
  Description description;
  EXPECT_FALSE(describe_image({}, description));
}

// AArch64 code, then what a kernel carries with it.
std::vector<std::uint8_t> kernel(std::uint64_t base) {
  test::Random random(5);
  std::vector<std::uint8_t> file;
  constexpr std::uint32_t functions = 3000;
  const auto starts = function_starts(functions);
  for (std::uint32_t i = 0; i < functions; ++i) {
    put32(file, 0xa9bf7bfd);  // stp x29, x30, [sp, #-16]!
    while (file.size() + 4 < starts[i + 1]) {
      const std::uint32_t target = starts[random.below(functions / 4)];
      put32(file,
            0x94000000 | ((target - static_cast<std::uint32_t>(file.size())) >> 2 & 0x3ffffff));
    }
    put32(file, 0xd65f03c0);  // ret
  }
  for (std::uint32_t i = 0; i < 8192; ++i) put32(file, i * 23);  // kallsyms, ascending
  put32(file, 0);
  put32(file, 0x0001eb9f);  // BTF: header, types, strings
  for (const std::uint32_t field : {24u, 0u, 1600u, 1600u, 1021u}) put32(file, field);
  for (int i = 0; i < 100; ++i) {
    for (const std::uint32_t field : {10u, 1u << 24, 4u, 32u}) put32(file, field);
  }
  file.resize(file.size() + 1024, 'a');
  while (file.size() % 8 != 0) file.push_back(0);
  for (std::uint32_t i = 0; i < 200; ++i) {  // relocations
    put64(file, base + 64 * i);
    put64(file, 0x403);
    put64(file, base + starts[random.below(functions)]);
  }
  while (file.size() % 1024 != 0) file.push_back(0);
  for (std::uint32_t i = 0; i < 4096; ++i) {  // distances back
    put32(file, 0u - starts[random.below(functions)] - 8192);
  }
  return file;
}

TEST(DescribeImage, FindsTheTablesOfAKernel) {
  constexpr std::uint64_t base = 0xffff800008000000;
  const auto file = kernel(base);
  Description description;
  ASSERT_TRUE(describe_image(file, description));
  const refs::Image& image = description.image;
  EXPECT_EQ(image.machine, Machine::aarch64);
  EXPECT_EQ(image.map.segments[0].address, base);
  std::vector<Scanner> scanners;
  for (unsigned i = 0; i < image.region_count; ++i) {
    if (image.regions[i].scanner != Scanner::aarch64) scanners.push_back(image.regions[i].scanner);
  }
  EXPECT_EQ(scanners, (std::vector<Scanner>{Scanner::offsets, Scanner::btf, Scanner::anchor,
                                            Scanner::rela, Scanner::relative}));
  for (unsigned i = 0; i < image.region_count; ++i) {
    const refs::Region& region = image.regions[i];
    if (region.scanner == Scanner::offsets) {
      EXPECT_EQ(region.aux, base);
    }
    if (region.scanner == Scanner::btf) {
      EXPECT_EQ(region.size, 1600U);
      EXPECT_EQ(image.regions[region.aux_region].scanner, Scanner::anchor);
      EXPECT_EQ(image.regions[region.aux_region].address, region.aux);
      EXPECT_EQ(image.regions[region.aux_region].size, 1021U);
    }
    if (region.scanner == Scanner::rela) {
      EXPECT_EQ(region.size, 200 * 24U);
    }
  }
}

}  // namespace
}  // namespace kerf
