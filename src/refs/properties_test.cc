// What holds for every scanner on any bytes.
#include <gtest/gtest.h>

#include "base/test_bytes.h"
#include "refs/test_support.h"

namespace kerf::refs {
namespace {

struct Case {
  Machine machine;
  Scanner scanner;
  std::uint64_t base;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  const auto code = [&](Machine machine, Scanner scanner) {
    for (const std::uint64_t base : {std::uint64_t{0}, std::uint64_t{0x08008000}}) {
      all.push_back({machine, scanner, base});
    }
  };
  code(Machine::x86_64, Scanner::x86);
  code(Machine::i386, Scanner::x86);
  code(Machine::aarch64, Scanner::aarch64);
  code(Machine::arm, Scanner::a32);
  code(Machine::arm, Scanner::thumb);
  code(Machine::xtensa, Scanner::xtensa);
  code(Machine::xtensa, Scanner::xtensa_be);
  code(Machine::riscv64, Scanner::riscv);
  code(Machine::riscv32, Scanner::riscv);
  all.push_back({Machine::aarch64, Scanner::aarch64, 0xffff800008000000});
  all.push_back({Machine::arm, Scanner::a32, 0xfffff000});
  for (auto scanner = static_cast<unsigned>(Scanner::pointers);
       scanner <= static_cast<unsigned>(Scanner::buckets); ++scanner) {
    for (const Machine machine : {Machine::x86_64, Machine::i386, Machine::arm}) {
      code(machine, static_cast<Scanner>(scanner));
    }
  }
  return all;
}

// Noise that holds what the scanner looks for: words that lead into the image, in both forms.
std::vector<std::uint8_t> lively(std::size_t size, std::uint64_t seed, std::uint64_t base) {
  auto bytes = ::kerf::test::noise(size, seed, 256);
  ::kerf::test::Random random(seed + 1);
  for (std::size_t at = 0; at + 8 <= size; at += 4) {
    switch (random.below(8)) {
      case 0:
        store_le32(bytes.data() + at, static_cast<std::uint32_t>(base + random.below(size)));
        break;
      case 1:
        store_le64(bytes.data() + at, base + random.below(size));
        break;
      case 2:
        store_le32(bytes.data() + at, static_cast<std::uint32_t>(random.below(2 * size) - size));
        break;
      case 3:
        store_le32(bytes.data() + at, static_cast<std::uint32_t>(random.below(64)));
        break;
      default:
        break;
    }
  }
  return bytes;
}

TEST(EveryScanner, KeepsItsPromisesOnNoise) {
  for (const Case& one : cases()) {
    for (const std::size_t size : {1U, 7U, 1024U, 1025U, 5003U}) {
      const auto bytes = lively(size, size + 3, one.base);
      Image image = test::image_of(one.machine, one.scanner, one.base, bytes);
      if (!valid(image, static_cast<std::uint32_t>(size))) continue;
      for (const Geometry& geometry : {test::small_geometry, Geometry{12, 64, 64, 4096}}) {
        EXPECT_EQ(test::fault_of(image, bytes, geometry), "")
            << "scanner " << static_cast<int>(one.scanner) << " size " << size;
      }
    }
  }
}

TEST(EveryScanner, FindsSomethingInLivelyNoise) {
  for (const Case& one : cases()) {
    if (one.scanner == Scanner::anchor || one.scanner == Scanner::buckets || one.base == 0 ||
        one.base > 0x80000000)
      continue;
    switch (one.scanner) {
      case Scanner::eh_frame:
      case Scanner::go_functions:
      case Scanner::go_data:
      case Scanner::btf:
      case Scanner::dynsym:
      case Scanner::rela:
        continue;  // they want more than noise: tests of their own
      default:
        break;
    }
    const auto bytes = lively(20000, 5, one.base);
    const Image image = test::image_of(one.machine, one.scanner, one.base, bytes);
    EXPECT_FALSE(test::scan_all(image, bytes).empty()) << static_cast<int>(one.scanner);
  }
}

TEST(ScanChunk, WantsAWholeWindowAndRoom) {
  const auto bytes = ::kerf::test::noise(4096, 1, 256);
  const Image image = test::image_of(Machine::aarch64, Scanner::aarch64, 0x10000, bytes);
  const Geometry geometry = test::small_geometry;
  std::vector<Field> storage(geometry.capacity);
  FieldList list{storage.data(), geometry.capacity, 0};
  EXPECT_TRUE(scan_chunk(image, geometry, 1, 4096, {bytes.data(), 0, 2048 + 64}, list));
  EXPECT_FALSE(scan_chunk(image, geometry, 1, 4096, {bytes.data(), 0, 2048 + 63}, list));
  EXPECT_FALSE(scan_chunk(image, geometry, 2, 4096, {bytes.data() + 1025, 1025, 4096}, list));
  FieldList less{storage.data(), geometry.capacity - 1, 0};
  EXPECT_FALSE(scan_chunk(image, geometry, 1, 4096, {bytes.data(), 0, 4096}, less));
}

TEST(ScanChunk, DropsWhatIsBeyondTheCapacity) {
  std::vector<std::uint8_t> bytes(4096);
  for (std::size_t at = 0; at < bytes.size(); at += 4) store_le32(bytes.data() + at, 0x94000001);
  const Image image = test::image_of(Machine::aarch64, Scanner::aarch64, 0x10000, bytes);
  const Geometry geometry{10, 64, 64, 100};
  EXPECT_EQ(test::scan_one(image, bytes, 1, geometry).size(), 100U);
}

TEST(Valid, RefusesWhatScannersCouldNotStand) {
  const auto bytes = ::kerf::test::noise(100, 1, 256);
  const Image good = test::image_of(Machine::arm, Scanner::thumb, 0x8000, bytes);
  EXPECT_TRUE(valid(good, 100));
  EXPECT_FALSE(valid(good, 99));
  Image bad = good;
  bad.pointer_size = 0;
  EXPECT_FALSE(valid(bad, 100));
  bad = good;
  bad.regions[0].version = 2;
  EXPECT_FALSE(valid(bad, 100));
  bad = good;
  bad.regions[0].aux_region = 1;
  EXPECT_FALSE(valid(bad, 100));
  bad = good;
  bad.regions[1] = bad.regions[0];
  bad.region_count = 2;
  EXPECT_FALSE(valid(bad, 100));
  bad = good;
  bad.region_count = max_regions + 1;
  EXPECT_FALSE(valid(bad, 100));
  bad = good;
  bad.map.segments[0].memory_size = ~std::uint64_t{0};
  EXPECT_FALSE(valid(bad, 100));
  bad = good;
  bad.map.segments[0].offset = 1;
  EXPECT_FALSE(valid(bad, 100));
}

}  // namespace
}  // namespace kerf::refs
