// File system images that no mkfs makes.
#include "container/ext4/ext4.h"

#include <gtest/gtest.h>

#include "container/test_files.h"

namespace kerf::container {
namespace {

class Ext4 : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::have("mkfs.ext4")) {
      GTEST_SKIP() << "no program mkfs.ext4 here";
    }
    const io::TestFolder folder;
    ASSERT_TRUE(test::run(folder.path(),
                          "PATH=$PATH:/usr/sbin:/sbin; truncate -s 1M image; "
                          "mkdir tree; seq 3000 > tree/numbers; seq 3000 > tree/twin; "
                          "printf begin > tree/sparse; truncate -s 100000 tree/sparse; "
                          "printf end >> tree/sparse; "
                          "mkfs.ext4 -q -t ext2 -d tree image"))
        << folder.content("log");
    bytes = test::load(folder.file("image"));
    // The same with a block of one file in the other.
    ASSERT_TRUE(test::run(folder.path(),
                          "PATH=$PATH:/usr/sbin:/sbin; "
                          "block=$(debugfs -R 'blocks numbers' image | cut -d' ' -f1); "
                          "debugfs -w -R \"sif twin block[0] $block\" image"))
        << folder.content("log");
    sharing = test::load(folder.file("image"));
  }
  Result<std::vector<Entry>> list(std::uint64_t memory = test::kLimits.memory) const {
    return ext4().entries(MemorySource(bytes), {0, memory, 1});
  }
  static std::uint64_t size_of(const std::vector<Entry>& entries, std::string_view path) {
    std::uint64_t size = 0;
    for (const Entry& entry : entries) {
      size += entry.path == path && entry.role == Role::content ? entry.size() : 0;
    }
    return size;
  }
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint8_t> sharing;
};

TEST_F(Ext4, FreeBlocksAreKnown) {
  const auto entries = list();
  ASSERT_TRUE(entries) << entries.error().text();
  std::uint64_t free = 0;
  for (const Entry& entry : *entries) {
    free += entry.role == Role::free ? entry.size() : 0;
  }
  // The superblock states how many there are.
  EXPECT_EQ(free,
            load_le32(&bytes[1024 + 12]) * (std::uint64_t{1024} << load_le32(&bytes[1024 + 24])));
}

TEST_F(Ext4, HolesOfFilesAreKnown) {
  const auto entries = list();
  ASSERT_TRUE(entries) << entries.error().text();
  for (const Entry& entry : *entries) {
    if (entry.role != Role::content || entry.path != "sparse") {
      EXPECT_TRUE(entry.holes.empty()) << entry.path;
      continue;
    }
    ASSERT_EQ(entry.holes.size(), 1U);
    EXPECT_LE(entry.holes[0].offset, 4096U);
    EXPECT_EQ(entry.size() + entry.holes[0].length, 100003U);
  }
}

TEST_F(Ext4, WhatStandsBehindIsListed) {
  const std::string_view tail = "hash tree";
  bytes.insert(bytes.end(), tail.begin(), tail.end());
  const auto entries = list();
  ASSERT_TRUE(entries) << entries.error().text();
  EXPECT_EQ(entries->back().path, "appended data");
  EXPECT_EQ(entries->back().size(), tail.size());
}

TEST_F(Ext4, AShorterFileIsRefused) {
  bytes.resize(bytes.size() - 1);
  const auto entries = list();
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().code(), Code::truncated) << entries.error().text();
}

TEST_F(Ext4, TooLittleMemoryIsSaidBeforeItIsTaken) {
  const auto entries = list(10000);
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().code(), Code::limit) << entries.error().text();
}

TEST_F(Ext4, ABlockWithTwoOwnersIsRefused) {
  // Group 0's inode bitmap where its block bitmap is.
  const std::size_t block_size = std::size_t{1024} << load_le32(&bytes[1024 + 24]);
  const std::size_t descriptor = block_size == 1024 ? 2048 : block_size;
  std::copy_n(&bytes[descriptor], 4, &bytes[descriptor + 4]);
  const auto entries = list();
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().code(), Code::corrupt) << entries.error().text();
  EXPECT_NE(entries.error().what().find("two owners"), std::string::npos) << entries.error().text();
}

TEST_F(Ext4, SharedBlocksBelongToOneFile) {
  bytes = sharing;
  const auto refused = list();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("two owners"), std::string::npos) << refused.error().text();
  // Unless the image says so, as Android's do.
  store_le32(&bytes[1024 + 0x64], load_le32(&bytes[1024 + 0x64]) | 0x4000);
  const auto entries = list();
  ASSERT_TRUE(entries) << entries.error().text();
  EXPECT_TRUE(check_tiles(*entries, bytes.size()));
  EXPECT_EQ(size_of(*entries, "numbers"), 13893U);
  EXPECT_EQ(size_of(*entries, "twin"), 13893U - 1024);
}

TEST_F(Ext4, FeaturesOfTheFutureAreUnsupported) {
  store_le32(&bytes[1024 + 0x60], load_le32(&bytes[1024 + 0x60]) | 0x40000000);
  const auto entries = list();
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().code(), Code::unsupported) << entries.error().text();
}

}  // namespace
}  // namespace kerf::container
