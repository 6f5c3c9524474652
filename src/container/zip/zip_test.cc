// ZIP archives that nobody's zip makes.
#include "container/zip/zip.h"

#include <gtest/gtest.h>

#include "container/test_files.h"

namespace kerf::container {
namespace {

constexpr std::uint32_t kLocalMagic = 0x04034B50;

struct Member {
  std::string name = {};
  std::string data = {};
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  std::string descriptor = {};                 // behind the data
  std::optional<std::uint32_t> header = {};    // where the directory says it is
  std::optional<std::string> other_name = {};  // in the local header
};

void put(ByteWriter& out, std::string_view text) {
  out.bytes(as_bytes(text));
}

struct Archive {
  std::string front = {};
  std::vector<Member> members = {};
  std::string before_directory = {};
  std::string comment = {};
  std::optional<std::uint16_t> count = {};

  std::vector<std::uint8_t> bytes() const {
    ByteWriter out;
    ByteWriter directory;
    put(out, front);
    for (const Member& member : members) {
      const auto at = static_cast<std::uint32_t>(out.size() - front.size());
      const std::string& local = member.other_name.value_or(member.name);
      out.le32(kLocalMagic);
      out.le16(20);
      out.le16(member.flags);
      out.le16(member.method);
      out.le32(0);  // time
      out.le32(7);  // checksum
      out.le32(static_cast<std::uint32_t>(member.data.size()));
      out.le32(static_cast<std::uint32_t>(member.data.size()));
      out.le16(static_cast<std::uint16_t>(local.size()));
      out.le16(0);
      put(out, local);
      put(out, member.data);
      put(out, member.descriptor);
      directory.le32(0x02014B50);
      directory.le32(0);
      directory.le16(member.flags);
      directory.le16(member.method);
      directory.le32(0);
      directory.le32(7);
      directory.le32(static_cast<std::uint32_t>(member.data.size()));
      directory.le32(static_cast<std::uint32_t>(member.data.size()));
      directory.le16(static_cast<std::uint16_t>(member.name.size()));
      directory.le64(0);  // extra, comment, disk, internal attributes
      directory.le32(0);
      directory.le32(member.header.value_or(at));
      put(directory, member.name);
    }
    put(out, before_directory);
    const std::size_t start = out.size() - front.size();
    out.bytes(directory.view());
    out.le32(0x06054B50);
    out.le32(0);
    out.le16(count.value_or(static_cast<std::uint16_t>(members.size())));
    out.le16(count.value_or(static_cast<std::uint16_t>(members.size())));
    out.le32(static_cast<std::uint32_t>(directory.size()));
    out.le32(static_cast<std::uint32_t>(start));
    out.le16(static_cast<std::uint16_t>(comment.size()));
    put(out, comment);
    return std::move(out).take();
  }
};

Result<std::vector<Entry>> list(Bytes bytes) {
  const MemorySource file(bytes);
  auto entries = zip().entries(file, test::kLimits);
  if (entries) {
    EXPECT_TRUE(check_tiles(*entries, file.size()));
  }
  return entries;
}

const Entry* find(const std::vector<Entry>& entries, std::string_view path, Role role) {
  for (const Entry& entry : entries) {
    if (entry.path == path && entry.role == role) {
      return &entry;
    }
  }
  return nullptr;
}

void expect_refused(const Archive& archive, Code code, std::string_view words) {
  const auto entries = list(archive.bytes());
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().code(), code) << entries.error().text();
  EXPECT_NE(entries.error().what().find(words), std::string::npos) << entries.error().text();
}

TEST(Zip, DescriptorsOfAllFormsBelongToTheHeader) {
  for (const std::size_t size : {12U, 16U, 20U, 24U}) {
    ByteWriter descriptor;
    if (size % 8 == 0) {
      descriptor.le32(0x08074B50);
    }
    descriptor.le32(7);
    for (int i = 0; i < 2; ++i) {
      descriptor.le32(4);
      if (size >= 20) {
        descriptor.le32(0);
      }
    }
    const auto bytes =
        Archive{.members = {{"a", "abcd", 0, 8, test::text(descriptor.view()), {}, {}},
                            {"b", "x", 0, 0, {}, {}, {}}}}
            .bytes();
    const auto entries = list(bytes);
    ASSERT_TRUE(entries) << entries.error().text();
    const Entry* header = find(*entries, "a", Role::header);
    ASSERT_NE(header, nullptr);
    EXPECT_EQ(header->size(), 31 + descriptor.size()) << size;
  }
}

TEST(Zip, WhatNoDescriptorFitsIsPadding) {
  const auto bytes = Archive{.members = {{"a", "abcd", 0, 8, "what is this?", {}, {}}}}.bytes();
  const auto entries = list(bytes);
  ASSERT_TRUE(entries) << entries.error().text();
  EXPECT_NE(find(*entries, "", Role::padding), nullptr);
}

TEST(Zip, KnowsTheSigningBlock) {
  ByteWriter block;
  block.le64(24 + 8);
  block.le64(0);
  block.le64(24 + 8);
  put(block, "APK Sig Block 42");
  const auto bytes =
      Archive{.members = {{"a", "abcd"}}, .before_directory = test::text(block.view())}.bytes();
  const auto entries = list(bytes);
  ASSERT_TRUE(entries) << entries.error().text();
  const Entry* found = find(*entries, "APK signing block", Role::header);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->size(), block.size());
}

TEST(Zip, BehindAProgramThatUnpacksIt) {
  const auto bytes = Archive{.front = "#!/bin/sh\nexit 1\n", .members = {{"a", "abcd"}}}.bytes();
  const auto entries = list(bytes);
  ASSERT_TRUE(entries) << entries.error().text();
  const Entry* front = find(*entries, "prepended data", Role::content);
  ASSERT_NE(front, nullptr);
  EXPECT_EQ(front->size(), 17U);
  EXPECT_NE(find(*entries, "a", Role::content), nullptr);
}

TEST(Zip, AnEmptyArchive) {
  const auto entries = list(Archive{}.bytes());
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->size(), 1U);
}

TEST(Zip, UnknownMethodsAndEncryptedMembersStayAsTheyAre) {
  const auto entries =
      list(Archive{.members = {{"a", "abcd", 99}, {"b", "abcd", 8, 1}, {"c", "abcd", 8}}}.bytes());
  ASSERT_TRUE(entries) << entries.error().text();
  EXPECT_FALSE(find(*entries, "a", Role::content)->packed);
  EXPECT_FALSE(find(*entries, "b", Role::content)->packed);
  EXPECT_TRUE(find(*entries, "c", Role::content)->packed);
}

TEST(Zip, RefusesWhatTwoReadersReadInTwoWays) {
  expect_refused({.members = {{"a", "abcd"}, {"b", "abcd", 0, 0, {}, 0, {}}}}, Code::corrupt,
                 "contradict");
  expect_refused({.members = {{"a", "abcd"}, {"a", "abcd", 0, 0, {}, 0, {}}}}, Code::corrupt,
                 "share bytes");
  expect_refused({.members = {{"a", "abcd", 0, 0, {}, {}, "b"}}}, Code::corrupt, "contradict");
  const auto inner = Archive{}.bytes();
  expect_refused({.members = {{"a", "abcd"}}, .comment = test::text(inner)}, Code::corrupt,
                 "two end records");
}

TEST(Zip, RefusesImpossibleNumbers) {
  expect_refused({.members = {{"a", "abcd"}}, .count = 2}, Code::truncated, "");
  expect_refused({.members = {{"a", "abcd"}, {"b", "abcd"}}, .count = 1}, Code::corrupt, "size");
  expect_refused({.members = {{"a", "abcd", 0, 0, {}, 0xFFFFFF, {}}}}, Code::corrupt, "behind");
  expect_refused({.members = {{"a", "abcd", 0, 0, {}, 3, {}}}}, Code::corrupt, "no local header");
}

}  // namespace
}  // namespace kerf::container
