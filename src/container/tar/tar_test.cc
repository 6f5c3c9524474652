// tar archives that few programs make.
#include "container/tar/tar.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "container/tar/header.h"
#include "container/test_files.h"

namespace kerf::container {
namespace {

std::string octal(std::uint64_t number) {
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "%011llo", static_cast<unsigned long long>(number));
  return digits.data();
}

void sign(TarBlock& block) {
  std::fill_n(block.begin() + 148, 8, std::uint8_t{' '});
  unsigned sum = 0;
  for (const std::uint8_t byte : block) {
    sum += byte;
  }
  std::array<char, 8> digits{};
  std::snprintf(digits.data(), digits.size(), "%06o", sum & 0777777U);
  std::copy_n(digits.begin(), 7, block.begin() + 148);
}

TarBlock header(std::string_view name, std::uint64_t size, char type = '0') {
  TarBlock block{};
  std::copy(name.begin(), name.end(), block.begin());
  const std::string digits = octal(size);
  std::copy(digits.begin(), digits.end(), block.begin() + 124);
  block[156] = static_cast<std::uint8_t>(type);
  const std::string_view magic("ustar\00000", 8);
  std::copy(magic.begin(), magic.end(), block.begin() + 257);
  sign(block);
  return block;
}

struct Archive {
  ByteWriter bytes;
  Archive& add(const TarBlock& block, std::string_view data = {}) {
    bytes.bytes(block);
    bytes.bytes(as_bytes(data));
    while (bytes.size() % kTarBlock != 0) {
      bytes.u8(0);
    }
    return *this;
  }
};

Result<std::vector<Entry>> list(const Archive& archive) {
  const MemorySource file(archive.bytes.view());
  auto entries = tar().entries(file, test::kLimits);
  if (entries) {
    EXPECT_TRUE(check_tiles(*entries, file.size()));
  }
  return entries;
}

std::map<std::string, std::uint64_t> contents(const Archive& archive) {
  const auto entries = list(archive);
  std::map<std::string, std::uint64_t> found;
  EXPECT_TRUE(entries) << entries.error().text();
  if (entries) {
    for (const Entry& entry : *entries) {
      if (entry.role == Role::content) {
        found[entry.path] = entry.size();
      }
    }
  }
  return found;
}

using Contents = std::map<std::string, std::uint64_t>;

TEST(Tar, PaxHeadersSayPathAndSize) {
  Archive archive;
  archive.add(header("x", 30, 'x'), "20 path=./some/name\n10 size=4\n")
      .add(header("short", 0), "data")
      .add(header("b", 1), "b");
  EXPECT_EQ(contents(archive), (Contents{{"some/name", 4}, {"b", 1}}));
}

TEST(Tar, PaxRecords) {
  PaxOverrides overrides;
  ASSERT_TRUE(read_pax_records(as_bytes("20 path=./some/name\n10 size=4\n"), overrides));
  EXPECT_EQ(overrides.path, "./some/name");
  EXPECT_EQ(overrides.size, 4U);
  for (const std::string_view bad : {"20", "0 a=b\n", "4 a=b\n", "99 a=b\n", "6 a=bx", "5 abc\n",
                                     "99999999999999999999 a=b\n", "9 size=x\n", "8 size=\n"}) {
    EXPECT_FALSE(read_pax_records(as_bytes(bad), overrides)) << bad;
  }
}

TEST(Tar, GlobalHeadersHoldUntilChanged) {
  Archive archive;
  archive.add(header("g", 10, 'g'), "10 size=4\n")
      .add(header("a", 0), "data")
      .add(header("b", 0), "more");
  EXPECT_EQ(contents(archive), (Contents{{"a", 4}, {"b", 4}}));
}

TEST(Tar, SparseMembersAreKeptAsTheyAreStored) {
  TarBlock first = header("sparse", 700, 'S');
  std::copy_n("ustar  ", 8, first.begin() + 257);
  first[482] = 1;
  sign(first);
  TarBlock map{};
  map[504] = 1;
  Archive archive;
  archive.add(first).add(map).add(TarBlock{}, std::string(700, 'x')).add(header("b", 1), "b");
  EXPECT_EQ(contents(archive), (Contents{{"sparse", 700}, {"b", 1}}));
}

TEST(Tar, LinksHaveDataOnlyIfSomeFollow) {
  Archive without;
  without.add(header("link", 600, '1')).add(header("b", 1), "b");
  EXPECT_EQ(contents(without), (Contents{{"b", 1}}));
  Archive with;
  with.add(header("link", 600, '1'), std::string(600, 'x')).add(header("b", 1), "b");
  EXPECT_EQ(contents(with), (Contents{{"link", 600}, {"b", 1}}));
}

TEST(Tar, WhatStandsBehindTheEndIsListed) {
  Archive archive;
  archive.add(header("a", 1), "a").add(TarBlock{}).add(TarBlock{}, "something else");
  EXPECT_EQ(contents(archive).count("appended data"), 1U);
}

TEST(Tar, RefusesDamage) {
  const auto refused = [](const Archive& archive, Code code) {
    const auto entries = list(archive);
    ASSERT_FALSE(entries);
    EXPECT_EQ(entries.error().code(), code) << entries.error().text();
  };
  TarBlock wrong = header("b", 1);
  wrong[0] = 'c';
  refused(std::move(Archive().add(header("a", 1), "a").add(wrong, "b")), Code::corrupt);
  refused(std::move(Archive().add(header("a", 5000), "a")), Code::truncated);
  refused(std::move(Archive().add(header("a", std::uint64_t{1} << 32), "a")), Code::truncated);
  TarBlock huge = header("a", 0);
  std::fill_n(huge.begin() + 124, 12, std::uint8_t{0xFF});
  sign(huge);
  refused(std::move(Archive().add(header("a", 0)).add(huge)), Code::corrupt);
  refused(std::move(Archive().add(header("x", 5, 'x'), "bad\n\n").add(header("a", 0))),
          Code::corrupt);
  refused(std::move(Archive().add(header("x", 10, 'x'), "10 size=4\n")), Code::truncated);
  refused(std::move(Archive().add(header("L", 2U << 20, 'L'), std::string(2U << 20, 'n'))),
          Code::limit);
}

}  // namespace
}  // namespace kerf::container
