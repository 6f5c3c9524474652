#include "container/elf/elf.h"

#include <gtest/gtest.h>

#include "container/test_files.h"

namespace kerf::container {
namespace {

// Writes both sizes and both byte orders.
struct Writer {
  bool wide;
  bool big;
  ByteWriter out;
  void number(std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) {
      out.u8(static_cast<std::uint8_t>(value >> (8 * (big ? bytes - 1 - i : i))));
    }
  }
  void word(std::uint64_t value) { number(value, wide ? 8 : 4); }
};

constexpr std::string_view kNames("\0.text\0.bss\0.names\0", 19);

// Header, names, text of 10 bytes, section headers.
std::vector<std::uint8_t> program(bool wide, bool big, std::uint64_t text_offset = 0) {
  Writer file{wide, big, {}};
  const std::uint64_t own = wide ? 64 : 52;
  const std::uint64_t table = own + kNames.size() + 10;
  file.out.bytes(
      as_bytes("\x7F"
               "ELF"));
  file.out.u8(wide ? 2 : 1);
  file.out.u8(big ? 2 : 1);
  file.out.u8(1);
  file.number(0, 8);
  file.number(0, 1);
  file.number(2, 2);
  file.number(62, 2);
  file.number(1, 4);
  file.word(0);
  file.word(0);
  file.word(table);
  file.number(0, 4);
  file.number(own, 2);
  file.number(0, 4);
  file.number(wide ? 64 : 40, 2);
  file.number(4, 2);
  file.number(3, 2);
  file.out.bytes(as_bytes(kNames));
  file.out.bytes(as_bytes("0123456789"));
  const auto section = [&](std::uint32_t name, std::uint32_t type, std::uint64_t offset,
                           std::uint64_t size) {
    file.number(name, 4);
    file.number(type, 4);
    file.word(0);
    file.word(0);
    file.word(offset);
    file.word(size);
    file.number(0, 8);
    file.word(0);
    file.word(0);
  };
  section(0, 0, 0, 0);
  section(1, 1, text_offset != 0 ? text_offset : own + kNames.size(), 10);
  section(7, 8, 0, 5000);
  section(12, 3, own, kNames.size());
  return std::move(file.out).take();
}

TEST(Elf, SectionsOfAllKindsOfElf) {
  for (const bool wide : {false, true}) {
    for (const bool big : {false, true}) {
      const auto bytes = program(wide, big);
      const auto entries = elf().entries(MemorySource(bytes), test::kLimits);
      ASSERT_TRUE(entries) << entries.error().text();
      ASSERT_TRUE(check_tiles(*entries, bytes.size()));
      std::map<std::string, std::uint64_t> sizes;
      for (const Entry& entry : *entries) {
        sizes[entry.path] = entry.size();
      }
      EXPECT_EQ(sizes[".text"], 10U);
      EXPECT_EQ(sizes[".names"], kNames.size());
      EXPECT_FALSE(sizes.contains(".bss"));
      EXPECT_EQ(sizes["section headers"], wide ? 256U : 160U);
    }
  }
}

TEST(Elf, PrefixesAndSectionsOutsideAreRefused) {
  const auto bytes = program(true, false);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(elf().entries(MemorySource(Bytes(bytes).first(length)), test::kLimits));
  }
  for (const std::uint64_t offset : {std::uint64_t{10}, std::uint64_t{5000}, ~std::uint64_t{4}}) {
    const auto entries = elf().entries(MemorySource(program(true, false, offset)), test::kLimits);
    ASSERT_FALSE(entries);
    EXPECT_NE(entries.error().code(), Code::bug);
  }
}

TEST(Elf, ThisProgram) {
  const auto file = io::FileSource::open("/proc/self/exe");
  ASSERT_TRUE(file) << file.error().text();
  const auto listing = look_inside(*file, test::kLimits);
  ASSERT_TRUE(listing && listing->has_value());
  EXPECT_EQ((**listing).container, &elf());
  EXPECT_FALSE((**listing).container->holds_files());
  EXPECT_TRUE(std::any_of((**listing).entries.begin(), (**listing).entries.end(),
                          [](const Entry& entry) { return entry.path == ".text"; }));
}

}  // namespace
}  // namespace kerf::container
