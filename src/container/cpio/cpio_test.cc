#include "container/cpio/cpio.h"

#include <gtest/gtest.h>

#include "container/test_files.h"

namespace kerf::container {
namespace {

std::string member(std::string_view name, std::string_view data, const char* size = nullptr,
                   const char* name_size = nullptr) {
  std::array<char, 16> digits{};
  std::string out = "070701";
  const auto field = [&](std::size_t number) {
    std::snprintf(digits.data(), digits.size(), "%08zX", number);
    out += digits.data();
  };
  for (int i = 0; i < 6; ++i) {
    field(0);
  }
  size == nullptr ? field(data.size()) : void(out += size);
  for (int i = 0; i < 4; ++i) {
    field(0);
  }
  name_size == nullptr ? field(name.size() + 1) : void(out += name_size);
  field(0);
  out += name;
  out += '\0';
  out.resize((out.size() + 3) & ~std::size_t{3});
  out += data;
  out.resize((out.size() + 3) & ~std::size_t{3});
  return out;
}

Result<std::vector<Entry>> list(const std::string& archive) {
  const MemorySource file(as_bytes(archive));
  auto entries = cpio().entries(file, test::kLimits);
  if (entries) {
    EXPECT_TRUE(check_tiles(*entries, file.size()));
  }
  return entries;
}

const std::string kEnd = member("TRAILER!!!", "");

TEST(Cpio, WhatFollowsAnEarlyArchiveIsListed) {
  // As initial file systems have it: microcode first, then the compressed main part.
  const auto entries =
      list(member("kernel/x86/microcode", "m") + kEnd + std::string(8, '\0') + "\x1F\x8B main");
  ASSERT_TRUE(entries) << entries.error().text();
  EXPECT_EQ(entries->back().path, "appended data");
  EXPECT_EQ(entries->back().size(), 7U);
}

TEST(Cpio, RefusesDamage) {
  const auto code = [](const std::string& archive) {
    const auto entries = list(archive);
    EXPECT_FALSE(entries);
    return entries ? Code::bug : entries.error().code();
  };
  EXPECT_EQ(code(member("a", "data")), Code::truncated);  // no trailer
  EXPECT_EQ(code(member("a", "data", "FFFFFFFF") + kEnd), Code::truncated);
  EXPECT_EQ(code(member("a", "data", "0000000G") + kEnd), Code::corrupt);
  EXPECT_EQ(code(member("a", "data", nullptr, "00000000") + kEnd), Code::corrupt);
  EXPECT_EQ(code(member("a", "data", nullptr, "FFFFFFFF") + kEnd), Code::corrupt);
  EXPECT_EQ(code(member("a", "data") + "garbage" + kEnd), Code::corrupt);
}

}  // namespace
}  // namespace kerf::container
