// Images made by hand, good ones and bad ones.
#include <gtest/gtest.h>

#include "base/test_bytes.h"
#include "refs/test_support.h"

namespace kerf::refs {
namespace {

bool read_vector(void* context, std::uint64_t offset, std::uint8_t* out, std::size_t size) {
  const auto& file = *static_cast<const std::vector<std::uint8_t>*>(context);
  if (offset > file.size() || size > file.size() - offset) return false;
  std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(offset), size, out);
  return true;
}

bool recognised(std::vector<std::uint8_t>& file, Image& image) {
  return recognise({read_vector, &file, static_cast<std::uint32_t>(file.size())}, image);
}

void put(std::vector<std::uint8_t>& file, std::size_t at, std::uint64_t value, unsigned size) {
  if (file.size() < at + size) file.resize(at + size);
  for (unsigned i = 0; i < size; ++i) file[at + i] = static_cast<std::uint8_t>(value >> 8 * i);
}

struct Section {
  std::string name;
  std::uint32_t type;
  std::uint64_t flags;
  std::uint64_t offset;  // and address, less `base`
  std::uint64_t size;
};

// An ELF file of `machine` with one segment at `base` that is the whole file.
std::vector<std::uint8_t> elf(bool wide, std::uint16_t machine, std::uint64_t base,
                              const std::vector<Section>& sections, bool with_sections = true) {
  std::vector<std::uint8_t> file(0x800);
  const unsigned word = wide ? 8 : 4;
  put(file, 0, 0x464c457f, 4);
  put(file, 4, wide ? 2 : 1, 1);
  put(file, 5, 1, 1);
  put(file, 18, machine, 2);
  const std::size_t names = 0x800;
  const std::size_t table = 0xa00;
  const unsigned entry = wide ? 64 : 40;
  put(file, wide ? 32 : 28, 0x100, word);
  if (with_sections) put(file, wide ? 40 : 32, table, word);
  const std::size_t sizes = wide ? 54 : 42;
  put(file, sizes, wide ? 56 : 32, 2);
  put(file, sizes + 2, 1, 2);
  put(file, sizes + 4, entry, 2);
  put(file, sizes + 6, with_sections ? sections.size() + 1 : 0, 2);
  put(file, sizes + 8, 0, 2);
  std::size_t name = 1;
  put(file, table + 16 + (wide ? 8 : 0), names, word);
  put(file, table + 20 + (wide ? 12 : 0), 0x200, word);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const Section& section = sections[i];
    const std::size_t at = table + entry * (i + 1);
    put(file, at, name, 4);
    put(file, at + 4, section.type, 4);
    put(file, at + 8, section.flags, word);
    put(file, at + (wide ? 16 : 12), section.flags == 0 ? 0 : base + section.offset, word);
    put(file, at + (wide ? 24 : 16), section.offset, word);
    put(file, at + (wide ? 32 : 20), section.size, word);
    for (const char letter : section.name)
      put(file, names + name++, static_cast<std::uint8_t>(letter), 1);
    put(file, names + name++, 0, 1);
  }
  file.resize(std::max<std::size_t>(file.size(), 0x1000));
  put(file, 0x100, 1, 4);
  put(file, 0x100 + (wide ? 4 : 24), 5, 4);
  put(file, 0x100 + (wide ? 8 : 4), 0, word);
  put(file, 0x100 + (wide ? 16 : 8), base, word);
  put(file, 0x100 + (wide ? 32 : 16), file.size(), word);
  put(file, 0x100 + (wide ? 40 : 20), file.size() + 0x100, word);
  return file;
}

const std::vector<Section> usual = {
    {".dynsym", 11, 2, 0x200, 72},      {".rela.dyn", 4, 2, 0x248, 48},
    {".text", 1, 6, 0x280, 0x80},       {".rodata", 1, 2, 0x300, 0x40},
    {".eh_frame_hdr", 1, 2, 0x340, 20}, {".eh_frame", 1, 2, 0x360, 64},
    {".data", 1, 3, 0x400, 0x40},       {".bss", 8, 3, 0x440, 0x100000},
    {".comment", 1, 0, 0x480, 16},
};

std::string scanners_of(const Image& image) {
  std::string text;
  for (unsigned i = 0; i < image.region_count; ++i) {
    text += std::to_string(static_cast<int>(image.regions[i].scanner)) + " ";
  }
  return text;
}

TEST(Recognise, ReadsElfSections) {
  struct Case {
    bool wide;
    std::uint16_t number;
    Machine machine;
    const char* scanners;
  };
  for (const Case& one : {Case{true, 62, Machine::x86_64, "11 8 1 15 13 12 7 "},
                          Case{true, 183, Machine::aarch64, "11 8 2 15 13 12 7 "},
                          Case{true, 243, Machine::riscv64, "11 8 6 15 13 12 7 "},
                          Case{false, 243, Machine::riscv32, "11 8 6 15 13 12 7 "},
                          Case{false, 40, Machine::arm, "11 8 3 15 13 12 7 "},
                          Case{false, 3, Machine::i386, "11 8 1 15 13 12 7 "}}) {
    auto file = elf(one.wide, one.number, 0x10000, usual);
    Image image;
    ASSERT_TRUE(recognised(file, image)) << one.number;
    EXPECT_EQ(image.machine, one.machine);
    EXPECT_EQ(image.pointer_size, one.wide ? 8 : 4);
    EXPECT_EQ(scanners_of(image), one.scanners) << one.number;
    EXPECT_EQ(image.regions[1].aux, 0x10200U);
    EXPECT_EQ(image.regions[1].aux_region, 0);
    EXPECT_TRUE(is_anchor(image, 0));
    EXPECT_FALSE(is_anchor(image, 1));
    EXPECT_TRUE(is_anchor(image, 4));
    std::uint32_t offset = 0;
    EXPECT_TRUE(image.map.offset_of(0x10280, offset));
    EXPECT_EQ(offset, 0x280U);
    EXPECT_FALSE(image.map.offset_of(0x11000, offset));
    EXPECT_TRUE(image.map.contains(0x110ff));
    EXPECT_FALSE(image.map.contains(0x11101));
  }
}

TEST(Recognise, CutsHashTablesToTheirBuckets) {
  std::vector<Section> hashed = usual;
  hashed.push_back({".gnu.hash", 0x6ffffff6, 2, 0x500, 64});
  auto file = elf(true, 62, 0x10000, hashed);
  put(file, 0x500, 4, 4);  // buckets
  put(file, 0x508, 2, 4);  // words of the filter
  Image image;
  ASSERT_TRUE(recognised(file, image));
  const Region& region = image.regions[image.region_count - 1];
  EXPECT_EQ(region.scanner, Scanner::buckets);
  EXPECT_EQ(region.offset, 0x520U);
  EXPECT_EQ(region.address, 0x10520U);
  EXPECT_EQ(region.size, 16U);
  EXPECT_EQ(region.aux, 0x10200U);
  put(file, 0x508, 8, 4);  // no room left
  ASSERT_TRUE(recognised(file, image));
  EXPECT_NE(image.regions[image.region_count - 1].scanner, Scanner::buckets);
}

TEST(Recognise, TellsA32FromThumb) {
  // .plt and .init, which are short, are A32 everywhere.
  std::vector<Section> longer = usual;
  longer.insert(longer.begin() + 7, Section{".init.text", 1, 6, 0x500, 0x200});
  auto file = elf(false, 40, 0x10000, longer);
  Image image;
  ASSERT_TRUE(recognised(file, image));
  EXPECT_EQ(scanners_of(image), "11 8 3 15 13 12 7 4 ");
  for (std::size_t at = 0x500; at < 0x700; at += 4) put(file, at, 0xe1a00000, 4);
  ASSERT_TRUE(recognised(file, image));
  EXPECT_EQ(scanners_of(image), "11 8 3 15 13 12 7 3 ");
}

TEST(Recognise, DoesWithoutSections) {
  auto file = elf(true, 183, 0x10000, {}, false);
  Image image;
  ASSERT_TRUE(recognised(file, image));
  ASSERT_EQ(image.region_count, 1);
  EXPECT_EQ(image.regions[0].scanner, Scanner::aarch64);
  EXPECT_EQ(image.regions[0].size, file.size());
}

TEST(Recognise, PairsRegionsOfTwoVersions) {
  auto old_file = elf(true, 62, 0x10000, usual);
  auto moved = usual;
  for (Section& section : moved) section.offset += 0x40;
  moved.erase(moved.begin() + 3);
  auto new_file = elf(true, 62, 0x20000, moved);
  Image old_image;
  Image new_image;
  ASSERT_TRUE(recognised(old_file, old_image));
  ASSERT_TRUE(recognised(new_file, new_image));
  Destination destination;
  describe_destination(old_image, new_image, destination);
  EXPECT_EQ(destination.region_address[0], 0x20240U);  // .dynsym
  EXPECT_EQ(destination.region_address[3], 0U);        // .rodata is gone
  EXPECT_EQ(destination.region_address[4], 0x20380U);  // .eh_frame_hdr
  EXPECT_EQ(destination.map.segments[0].address, 0x20000U);
}

std::vector<std::uint8_t> esp(std::size_t header, std::uint8_t chip) {
  std::vector<std::uint8_t> file(header);
  file[0] = 0xe9;
  file[1] = 2;
  if (header == 24) file[12] = chip;
  const auto segment = [&](std::uint32_t address, std::uint32_t size) {
    put(file, file.size(), address, 4);
    put(file, file.size(), size, 4);
    file.resize(file.size() + size, 0xff);
  };
  segment(0x3ffb0000, 0x40);
  segment(0x400d0018, 0x81);
  return file;
}

TEST(Recognise, ReadsImagesOfEspressif) {
  Image image;
  auto file = esp(24, 0);
  ASSERT_TRUE(recognised(file, image));
  EXPECT_EQ(image.machine, Machine::xtensa);
  EXPECT_EQ(scanners_of(image), "7 5 ");
  EXPECT_EQ(image.regions[1].offset, 24 + 8 + 0x40 + 8U);
  EXPECT_EQ(image.regions[1].address, 0x400d0018U);
  EXPECT_TRUE(image.map.contains(0x3ffe1234));  // RAM
  file = esp(24, 5);
  ASSERT_TRUE(recognised(file, image));
  EXPECT_EQ(image.machine, Machine::riscv32);
  EXPECT_EQ(scanners_of(image), "7 6 ");
  file = esp(8, 0);
  ASSERT_TRUE(recognised(file, image));
  EXPECT_EQ(scanners_of(image), "7 5 ");
  file.resize(0x2000);  // code in flash behind the segments
  ASSERT_TRUE(recognised(file, image));
  EXPECT_EQ(scanners_of(image), "7 5 5 ");
  EXPECT_EQ(image.regions[2].address, 0x40201000U);
}

// Whatever is cut off or changed: no access outside the file, and if there is an image it is valid.
TEST(Recognise, StandsDamagedFiles) {
  ::kerf::test::Random random(7);
  for (const auto& good :
       {elf(true, 62, 0x10000, usual), elf(false, 40, 0x10000, usual), esp(24, 0), esp(8, 0)}) {
    for (std::size_t size = 0; size < good.size(); size += size < 64 ? 1 : 37) {
      std::vector<std::uint8_t> file(good.begin(),
                                     good.begin() + static_cast<std::ptrdiff_t>(size));
      Image image;
      if (recognised(file, image)) {
        EXPECT_TRUE(valid(image, static_cast<std::uint32_t>(size)));
      }
    }
    for (int i = 0; i < 3000; ++i) {
      auto file = good;
      for (int j = 0; j < 3; ++j) {
        file[random.below(file.size())] = static_cast<std::uint8_t>(random.next() >> 20);
      }
      Image image;
      if (recognised(file, image)) {
        EXPECT_TRUE(valid(image, static_cast<std::uint32_t>(file.size())));
      }
    }
  }
}

}  // namespace
}  // namespace kerf::refs
