// The scanners of data, on small tables whose fields are known.
#include <gtest/gtest.h>

#include "refs/test_support.h"

namespace kerf::refs {
namespace {

using test::fields_of;
using test::words;

// An image of several regions over the whole file, each with the bytes that it has.
Image regions_of(Machine machine, std::uint64_t base, Bytes file,
                 const std::vector<std::pair<Scanner, std::uint32_t>>& parts) {
  Image image = test::image_of(machine, Scanner::anchor, base, file);
  image.region_count = 0;
  std::uint32_t offset = 0;
  for (const auto& [scanner, size] : parts) {
    Region& region = image.regions[image.region_count++];
    region = Region{base + offset, 0, offset, size, scanner, scanner_version(scanner), 0};
    offset += size;
  }
  EXPECT_EQ(offset, file.size());
  EXPECT_TRUE(valid(image, static_cast<std::uint32_t>(file.size())));
  return image;
}

void link(Image& image, unsigned region, std::uint8_t to) {
  image.regions[region].aux = image.regions[to].address;
  image.regions[region].aux_region = to;
}

TEST(Pointers, AreAlignedWordsInsideTheImage) {
  const auto file = words({0x10004, 0, 0x10020, 0x10008, 0x10021, 0, 0xfff, 0});
  EXPECT_EQ(fields_of(test::image_of(Machine::x86_64, Scanner::pointers, 0x10000, file), file),
            "2@0->10004");
  EXPECT_EQ(fields_of(test::image_of(Machine::i386, Scanner::pointers, 0x10000, file), file),
            "1@0->10004 1@8->10020 1@c->10008");
  // The end of the image counts, what is behind it does not; odd ones are Thumb functions on ARM.
  const auto odd = words({0x10005, 0x10008});
  EXPECT_EQ(fields_of(test::image_of(Machine::arm, Scanner::pointers, 0x10000, odd), odd),
            "9@0->10004 1@4->10008");
}

TEST(Rela, HasOffsetsSymbolsAndAddends) {
  const auto file = words({0x10010, 0, 1027, 0, 0x10020, 0,  // relative
                           0x10018, 0, 257,  2, 0,       0,  // of symbol 2
                           0,       0, 0,    0, 0,       0,  // symbols
                           0,       0, 0,    0, 0,       0});
  Image image =
      regions_of(Machine::aarch64, 0x10000, file, {{Scanner::rela, 48}, {Scanner::anchor, 48}});
  link(image, 0, 1);
  EXPECT_EQ(fields_of(image, file), "10@0->10010 11@10->10020 10@18->10018 7@24->10060");
  const auto fields = test::scan_all(image, file);
  EXPECT_EQ(fields[3].anchor, Anchor::region);
  EXPECT_EQ(fields[3].region, 1);
  EXPECT_EQ(fields[3].base, 0x10030U);
  EXPECT_TRUE(is_anchor(image, 1));
}

TEST(Rel, HasOffsetsAndSymbols) {
  const auto file = words({0x10004, 23, 0x10008, 3 << 8 | 21, 0, 0});
  Image image = regions_of(Machine::arm, 0x10000, file, {{Scanner::rel, 16}, {Scanner::anchor, 8}});
  link(image, 0, 1);
  EXPECT_EQ(fields_of(image, file), "12@0->10004 12@8->10008 8@c->10040");
}

TEST(Buckets, AreNumbersOfSymbols) {
  const auto file = words({0, 2, 0, 1, 0, 0});
  Image image =
      regions_of(Machine::x86_64, 0x10000, file, {{Scanner::buckets, 16}, {Scanner::anchor, 8}});
  link(image, 0, 1);
  EXPECT_EQ(fields_of(image, file), "114@4->10040 114@c->10028");
  image.pointer_size = 4;
  EXPECT_EQ(fields_of(image, file), "115@4->10030 115@c->10020");
}

TEST(Relr, HasAddressesButNotBitmaps) {
  const auto file = words({0x10008, 0, 0xff01, 0});
  EXPECT_EQ(fields_of(test::image_of(Machine::aarch64, Scanner::relr, 0x10000, file), file),
            "10@0->10008");
}

TEST(Dynsym, HasNamesValuesAndSizes) {
  const auto file = words({0, 0, 0, 0, 0, 0,                 // the empty one
                           5, 0x10012, 0x10008, 0, 0x20, 0,  // a function
                           9, 0x12, 0, 0, 0, 0});            // an undefined one
  Image image =
      regions_of(Machine::x86_64, 0x10000, file, {{Scanner::dynsym, 64}, {Scanner::anchor, 8}});
  link(image, 0, 1);
  EXPECT_EQ(fields_of(image, file), "22@18->10045 16@20->10008 5@28->10028 22@30->10049");
  EXPECT_EQ(test::scan_all(image, file)[2].anchor, Anchor::previous);
}

// FDEs of 20 bytes for functions of 16 bytes, behind one CIE.
std::vector<std::uint8_t> frames(unsigned count, std::uint32_t code_offset) {
  std::vector<std::uint8_t> file = words({16, 0, 0x00527a01, 0x011e7801, 0x0d0c1b});
  for (unsigned i = 0; i < count; ++i) {
    const auto at = static_cast<std::uint32_t>(file.size());
    const auto record = words({20, at + 4, code_offset + 16 * i - (at + 8), 16, 0x04, 0x100000});
    file.insert(file.end(), record.begin(), record.end());
    store_le32(file.data() + at + 17, 0x40);  // language-specific data
  }
  return file;
}

TEST(EhFrame, HasFunctionsSizesAndCies) {
  const auto file = frames(2, 0x1000);
  Image image = test::image_of(Machine::x86_64, Scanner::eh_frame, 0x10000, file);
  image.map.segments[0].memory_size = 0x800;
  image.map.segments[1] = {0x11000, 0x100, 0, 4, true};
  image.map.segments[1].file_size = static_cast<std::uint32_t>(file.size());
  image.map.count = 2;
  EXPECT_EQ(fields_of(image, file),
            "18@18->10000 15@1c->11000 4@20->11010 3@25->10065 "
            "18@30->10000 15@34->11010 4@38->11020 3@3d->1007d");
}

TEST(EhFrame, FallsIntoStepInAnyChunk) {
  const auto file = frames(400, 0);
  const Image image = test::image_of(Machine::x86_64, Scanner::eh_frame, 0x10000, file);
  EXPECT_EQ(test::fault_of(image, file, test::small_geometry), "");
  // All of them but those that a border between chunks cuts.
  const auto some = test::scan_all(image, file, test::small_geometry).size();
  const auto all = test::scan_all(image, file).size();
  EXPECT_GT(some + 2 * (file.size() / 1024), all);
}

TEST(EhFrameHdr, CountsFromItsStart) {
  const auto file = words({0x3b031b01, 0x10, 2, 0x100, 0x40, 0x120, 0x58});
  const Image image = test::image_of(Machine::x86_64, Scanner::eh_frame_hdr, 0x10000, file);
  EXPECT_EQ(fields_of(image, file), "3@4->10014 15@c->10100 3@10->10040 15@14->10120 3@18->10058");
  EXPECT_EQ(test::scan_all(image, file)[1].anchor, Anchor::region);
}

TEST(Exidx, LeavesInlineDataAlone) {
  const auto file = words({0x7ffffff0, 1, 0x7ffffff8, 0x80b0b0b0, 0x7ffffff0, 0x100});
  const Image image = test::image_of(Machine::arm, Scanner::exidx, 0x10000, file);
  EXPECT_EQ(fields_of(image, file), "6@0->fff0 6@8->10000 6@10->10000 6@14->10114");
}

TEST(Tables, FindsJumpTables) {
  auto file = words({1, 2, 0xffffff00, 0xffffff0c, 0xffffff08, 0xffffff04, 7, 0xffffff00, 3});
  Image image = test::image_of(Machine::x86_64, Scanner::tables, 0x1000, file);
  image.map.segments[0].executable = false;
  image.map.segments[1] = {0xf00, 0x80, 0, 36, true};
  image.map.count = 2;
  image.map.segments[1].file_size = 36;
  EXPECT_EQ(fields_of(image, file), "14@8->f08 14@c->f14 14@10->f10 14@14->f0c");
}

TEST(Tables, FindsAddressesWhereTheyAreLarge) {
  const auto file = words({0x400008, 0, 17, 0, 0x400010, 0});
  EXPECT_EQ(fields_of(test::image_of(Machine::x86_64, Scanner::tables, 0x400000, file), file),
            "2@0->400008 2@10->400010");
}

TEST(Relative, IgnoresSmallNumbers) {
  std::vector<std::uint8_t> file(0x3000);
  store_le32(file.data(), 0x2000);
  store_le32(file.data() + 4, 5);
  store_le32(file.data() + 0x2000, 0xfffff000);
  store_le32(file.data() + 0x2004, 0xffff8000);
  EXPECT_EQ(fields_of(test::image_of(Machine::aarch64, Scanner::relative, 0x10000, file), file),
            "3@0->12000 3@2000->11000");
}

TEST(Offsets, CountFromAnotherRegion) {
  const auto file = words({4, 8, 0x100, 0});
  Image image =
      regions_of(Machine::aarch64, 0x10000, file, {{Scanner::offsets, 12}, {Scanner::anchor, 4}});
  link(image, 0, 1);
  EXPECT_EQ(fields_of(image, file), "19@0->10010");
}

TEST(Btf, HasNamesAndTypes) {
  const auto file = words({10, 1u << 24,
                           4,  32,  // 1 int
                           0,  2u << 24,
                           1,  // 2 pointer to 1
                           20, 4u << 24 | 2,
                           16, 30,
                           1,  0,
                           34, 2,
                           64,  // 3 struct of 1 and 2
                           0,  13u << 24 | 1,
                           1,  40,
                           2,  // 4 function of 2 to 1
                           44, 12u << 24,
                           4,  // 5 function
                           50, 6u << 24 | 1,
                           4,  54,
                           0,  // 6 enum
                           0,  3u << 24,
                           0,  1,
                           2,  8,  // 7 array
                           0,  0,
                           0,  0,
                           0,  0,
                           0,  0,
                           0,  0,
                           0,  0,
                           0,  0,
                           0,  0});  // names
  const auto types = static_cast<std::uint32_t>(file.size()) - 64;
  Image image =
      regions_of(Machine::aarch64, 0x10000, file, {{Scanner::btf, types}, {Scanner::anchor, 64}});
  link(image, 0, 1);
  std::string kinds;
  for (const Field& field : test::scan_all(image, file)) {
    const bool name = field.kind == Kind::btf_name32;
    kinds += name ? 'n' : 't';
    kinds += std::to_string(field.target - (name ? image.regions[1].address : btf_types));
    kinds += ' ';
  }
  EXPECT_EQ(kinds, "n10 t1 n20 n30 t1 n34 t2 t1 n40 t2 n44 t4 n50 n54 t1 t2 ");
}

TEST(Btf, FallsIntoStepInAnyChunk) {
  std::vector<std::uint8_t> file;
  for (std::uint32_t i = 0; i < 300; ++i) {
    const auto record = words({1 + i, 4u << 24 | 2, 16, 30, 1, 0, 34, 2, 64});
    file.insert(file.end(), record.begin(), record.end());
  }
  file.resize(file.size() + 1024);
  Image image = regions_of(Machine::aarch64, 0x10000, file,
                           {{Scanner::btf, 300 * 36}, {Scanner::anchor, 1024}});
  link(image, 0, 1);
  EXPECT_EQ(test::fault_of(image, file, test::small_geometry), "");
  EXPECT_EQ(test::scan_all(image, file, test::small_geometry).size(),
            test::scan_all(image, file).size());
}

TEST(Go, ReadsFunctions) {
  std::vector<std::uint8_t> file = words({0, 0, 0, 0,    // text
                                          0, 0, 0, 0,    // names
                                          0, 4, 8, 12,   // units
                                          0, 0, 0, 0,    // files
                                          0, 0, 0, 0});  // tables
  const auto functab = words({0, 16, 8, 72, 12});
  const auto functions = words({0,          5, 8, 0, 3, 0, 9, 1, 1,          10, 0x02000000, 7,
                                0xffffffff, 4,  // one table, two data
                                8,          6, 8, 0, 3, 4, 9, 0, 0xffffffff, 10, 0,          0});
  const auto data = words({1, 0, 2, 3, 0, 70, 16, 10});
  for (const auto& part : {functab, functions, data}) {
    file.insert(file.end(), part.begin(), part.end());
  }
  Image image = regions_of(Machine::riscv64, 0x10000, file,
                           {{Scanner::riscv, 16},
                            {Scanner::anchor, 16},
                            {Scanner::offsets, 16},
                            {Scanner::anchor, 16},
                            {Scanner::anchor, 16},
                            {Scanner::go_functab, 20},
                            {Scanner::go_functions, 104},
                            {Scanner::go_data, 32}});
  link(image, 2, 3);
  link(image, 5, 0);
  link(image, 6, 0);
  EXPECT_EQ(fields_of(image, file),
            "19@20->10030 19@24->10034 19@28->10038 19@2c->1003c "                    // units
            "112@50->10000 112@54->10060 112@58->10008 112@5c->10098 112@60->1000c "  // functab
            "112@64->10000 112@68->10015 112@74->10043 112@7c->10049 113@84->10024 "
            "112@90->10047 112@98->100d0 "
            "112@9c->10008 112@a0->10016 112@ac->10043 112@b0->10044 112@b4->10049");
}

}  // namespace
}  // namespace kerf::refs
