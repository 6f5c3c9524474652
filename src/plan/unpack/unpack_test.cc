// Pairs of archives made by real programs: what unpack() says must lead from the old file to its
// content, and from the new content back to the new file, byte for byte.
#include "plan/unpack/unpack.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "container/test_files.h"
#include "plan/unpack/test_layers.h"

namespace kerf::plan {
namespace {

using container::test::Vector;
using test::part;

UnpackOptions options() {
  UnpackOptions made{{std::uint64_t{1} << 30, std::uint64_t{1} << 30, 8}};
  made.spool_memory = 100'000;  // larger layers are in files
  return made;
}

bool same(Bytes a, Bytes b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

// What each member holds.
std::map<std::string, std::string> members(const Unpacked& unpacked) {
  std::map<std::string, std::string> found;
  for (const Member& member : unpacked.members) {
    for (const Extent& extent : member.extents) {
      EXPECT_TRUE(extent.within(unpacked.content().size())) << member.path;
      if (extent.within(unpacked.content().size())) {
        found[member.path] += container::test::text(part(unpacked.content(), extent));
      }
    }
  }
  return found;
}

// Unpacks, and checks what always holds.
UnpackedPair checked(Bytes old_file, Bytes new_file, const UnpackOptions& how = options()) {
  auto pair = unpack(old_file, new_file, how);
  EXPECT_TRUE(pair) << pair.error().text();
  const Limits& limits = options().limits;
  const Status down = test::goes_down(pair->old_file, limits);
  EXPECT_TRUE(down) << down.error().text();
  const Status up = test::goes_up(pair->new_file, limits);
  EXPECT_TRUE(up) << up.error().text();
  EXPECT_TRUE(same(pair->old_file.layers.front().bytes, old_file));
  EXPECT_TRUE(same(pair->new_file.layers.front().bytes, new_file));
  EXPECT_TRUE(pair->new_file.layers.back().streams.empty());
  (void)members(pair->old_file);
  return *std::move(pair);
}

class Unpack : public testing::Test {
 protected:
  // Runs `command`, which makes the file "out" from the folder "tree" with this version of
  // "changed". Skips the test if a tool is missing.
  Vector make(const std::string& version, const std::string& command) {
    const io::TestFolder folder;
    std::filesystem::create_directory(folder.file("tree"));
    folder.put("tree/same", same_text);
    folder.put("tree/changed", changed_text(version));
    EXPECT_TRUE(container::test::run(folder.path(), "PATH=$PATH:/usr/sbin:/sbin; " + command))
        << command << "\n"
        << folder.content("log");
    return container::test::load(folder.file("out"));
  }
  std::string changed_text(const std::string& version) const {
    return "version " + version + same_text.substr(5000);
  }
  void need(std::initializer_list<const char*> tools) {
    for (const char* tool : tools) {
      if (!container::test::have(tool)) {
        GTEST_SKIP() << "no program " << tool << " here";
      }
    }
  }
  const std::string same_text = container::test::text(kerf::test::noise(50'000, 4, 9));
};

TEST_F(Unpack, WhatIsNoContainerIsOneLayer) {
  const auto noise = kerf::test::noise(20'000, 1, 256);
  const auto pair = checked(noise, noise);
  EXPECT_EQ(pair.old_file.layers.size(), 1U);
  EXPECT_EQ(pair.new_file.layers.size(), 1U);
  (void)checked({}, noise);
  (void)checked(noise, {});
}

TEST_F(Unpack, ChangedStreamsAloneAreUnpacked) {
  need({"zip"});
  const std::string command = "cd tree; touch -d @0 *; zip -X9 ../out.zip *; mv ../out.zip ../out";
  const auto pair = checked(make("1", command), make("2", command));
  ASSERT_EQ(pair.new_file.layers.size(), 2U);
  ASSERT_EQ(pair.new_file.layers[0].streams.size(), 1U);
  EXPECT_EQ(pair.new_file.layers[0].streams[0].path, "changed");
  EXPECT_FALSE(pair.new_file.layers[0].streams[0].maker.empty());
  EXPECT_TRUE(pair.new_file.left.empty());
  EXPECT_EQ(members(pair.new_file)["changed"], changed_text("2"));
  EXPECT_EQ(members(pair.old_file)["changed"], changed_text("1"));
}

TEST_F(Unpack, PackedFilesInArchivesInPackedFiles) {
  need({"tar", "gzip", "xz", "cpio", "zip", "mkfs.ext4"});
  const std::string command =
      "touch -d @0 tree/*; gzip -9n < tree/changed > tree/changed.gz; "
      "(cd tree; zip -X ../in.zip changed same); mv in.zip tree/; touch -d @0 tree/*; "
      "tar --sort=name --mtime=@0 -C tree -c . | xz > tree.tar.xz; "
      "truncate -s 1M image; mkfs.ext4 -q -d tree image; gzip -9nc image > image.gz; "
      "printf '%s\\n' tree.tar.xz image.gz | cpio -o -H crc > out";
  const auto pair = checked(make("1", command), make("2", command));
  EXPECT_TRUE(pair.new_file.left.empty());
  // cpio, with xz and gzip; tar and ext4, with gzip and deflate; plain.
  EXPECT_EQ(pair.new_file.layers.size(), 3U);
  auto found = members(pair.new_file);
  for (const std::string path :
       {"tree.tar.xz!changed", "tree.tar.xz!changed.gz", "tree.tar.xz!in.zip!changed",
        "image.gz!changed", "image.gz!changed.gz", "image.gz!in.zip!changed"}) {
    EXPECT_TRUE(found[path] == changed_text("2")) << path << ": " << found[path].size();
  }
}

TEST_F(Unpack, StreamsThatNobodyMakesStayPacked) {
  // Two encoders in turns: no program does that, and corrections were not asked for.
  const auto twice = [&](const std::string& version) {
    const std::string text = changed_text(version);
    Vector out(compressBound(text.size()) + 100);
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    Vector in(text.begin(), text.end());
    stream.next_in = in.data();
    stream.avail_in = 20'000;
    stream.next_out = out.data();
    stream.avail_out = static_cast<unsigned>(out.size());
    EXPECT_EQ(deflate(&stream, Z_BLOCK), Z_OK);
    EXPECT_EQ(deflateParams(&stream, 9, Z_FILTERED), Z_OK);
    stream.avail_in = static_cast<unsigned>(in.size()) - 20'000;
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
  };
  UnpackOptions how = options();
  how.most_corrections_percent = 0;
  const auto pair = checked(twice("1"), twice("2"), how);
  EXPECT_EQ(pair.new_file.layers.size(), 1U);
  ASSERT_EQ(pair.new_file.left.size(), 1U);
  EXPECT_FALSE(pair.new_file.left[0].reason.empty());
  // Only making it again needs to know how it was made.
  EXPECT_EQ(pair.old_file.layers.size(), 2U);
  EXPECT_TRUE(pair.old_file.left.empty());
}

TEST_F(Unpack, BombsStayPacked) {
  need({"gzip"});
  const auto bomb = [&](const std::string& version) {
    return make(version, "(cat tree/changed; head -c 20000000 /dev/zero) | gzip -9n > out");
  };
  UnpackOptions how = options();
  how.limits.output = 1'000'000;
  const auto pair = checked(bomb("1"), bomb("2"), how);
  EXPECT_EQ(pair.new_file.layers.size(), 1U);
  EXPECT_EQ(pair.old_file.layers.size(), 1U);
}

TEST_F(Unpack, DepthIsBounded) {
  need({"gzip"});
  std::string command = "cp tree/changed out";
  for (int i = 0; i < 20; ++i) {
    command += "; gzip -9n < out > next; mv next out";
  }
  const auto pair = checked(make("1", command), make("2", command));
  EXPECT_GT(pair.new_file.layers.size(), 4U);
  EXPECT_LT(pair.new_file.layers.size(), 15U);
}

TEST_F(Unpack, DamageIsNoError) {
  need({"zip"});
  const std::string command = "cd tree; zip -X9 ../out.zip *; mv ../out.zip ../out";
  const auto old_file = make("1", command);
  kerf::test::Random random(5);
  const auto good = make("2", command);
  for (int i = 0; i < 12; ++i) {
    auto new_file = good;
    for (int k = 0; k < 3; ++k) {
      new_file[random.below(new_file.size())] = static_cast<std::uint8_t>(random.below(256));
    }
    (void)checked(old_file, new_file);
  }
}

struct Stops final : Observer {
  Status progress(std::string_view, std::uint64_t, std::uint64_t) override {
    return Error(Code::cancelled, "enough");
  }
};

TEST_F(Unpack, CanBeStopped) {
  need({"gzip"});
  const auto file = make("1", "gzip -9n < tree/changed > out");
  const auto other = make("2", "gzip -9n < tree/changed > out");
  Stops stops;
  UnpackOptions how = options();
  how.observer = &stops;
  const auto pair = unpack(file, other, how);
  ASSERT_FALSE(pair);
  EXPECT_EQ(pair.error().code(), Code::cancelled);
}

}  // namespace
}  // namespace kerf::plan
