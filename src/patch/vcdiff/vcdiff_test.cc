#include "patch/vcdiff/vcdiff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <numeric>

#include "base/hash.h"
#include "patch/vcdiff/adler32.h"
#include "patch/vcdiff/code_table.h"
#include "patch/vcdiff/number.h"

namespace kerf::vcdiff {
namespace {

namespace fs = std::filesystem;
using Blob = std::vector<std::uint8_t>;

constexpr Limits roomy{std::uint64_t{1} << 20, std::uint64_t{65} << 20, 1};

Blob content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in),
                                std::istreambuf_iterator<char>()};
  return {bytes.begin(), bytes.end()};
}

// The old file of all files of testdata.
Blob old_file() {
  Blob bytes(64);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

std::vector<fs::path> files(const char* folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(fs::path(KERF_VCDIFF_TESTDATA) / folder)) {
    if (entry.path().extension() == ".vcdiff") {
      found.push_back(entry.path());
    }
  }
  std::ranges::sort(found);
  EXPECT_FALSE(found.empty());
  return found;
}

ApplyOptions options(const Limits& limits = roomy) {
  return {.limits = limits, .old_sha256 = {}, .new_sha256 = {}};
}

struct Applied {
  Status status;
  Blob made;
};

Applied applied_by(const PatchReader& with, Bytes patch, const ApplyOptions& given = options()) {
  const Blob old_bytes = old_file();
  MemorySink made(given.limits.output);
  Status status = with.apply(MemorySource(old_bytes), MemorySource(patch), made, given);
  return {std::move(status), std::move(made).take()};
}

Blob good(const char* name) {
  return content(fs::path(KERF_VCDIFF_TESTDATA) / "good" / (std::string(name) + ".vcdiff"));
}

TEST(Vcdiff, GoodFilesGiveTheirTarget) {
  for (const fs::path& path : files("good")) {
    SCOPED_TRACE(path.filename());
    const Blob patch = content(path);
    const Blob target = content(fs::path(path).replace_extension(".target"));
    EXPECT_TRUE(reader().recognises(patch));
    const Applied applied = applied_by(reader(), patch);
    ASSERT_TRUE(applied.status) << applied.status.error().text();
    EXPECT_EQ(applied.made, target);
    const auto info = reader().info(MemorySource(patch), roomy);
    ASSERT_TRUE(info) << info.error().text();
    EXPECT_EQ(info->new_size, target.size());
    EXPECT_EQ(info->appliers.front(), "kerf");

    // The updater's reader takes exactly what info() says is for it.
    const Applied strict = applied_by(updater_reader(), patch);
    EXPECT_EQ(strict.status.has_value(), info->profile == "updater") << info->profile;
  }
}

TEST(Vcdiff, BadFilesAreRefusedWithAnOffset) {
  for (const fs::path& path : files("bad")) {
    SCOPED_TRACE(path.filename());
    const Blob patch = content(path);
    for (const PatchReader* with : {&reader(), &updater_reader()}) {
      const Applied applied = applied_by(*with, patch);
      ASSERT_FALSE(applied.status);
      ASSERT_TRUE(applied.status.error().offset());
      EXPECT_LE(*applied.status.error().offset(), patch.size());
      EXPECT_NE(applied.status.error().code(), Code::bug);
    }
  }
}

TEST(Vcdiff, PrefixesAreRefusedUnlessTheyEndBetweenWindows) {
  for (const fs::path& path : files("good")) {
    SCOPED_TRACE(path.filename());
    const Blob patch = content(path);
    const Blob target = content(fs::path(path).replace_extension(".target"));
    std::size_t accepted = 0;
    for (std::size_t length = 0; length < patch.size(); ++length) {
      const Applied applied = applied_by(reader(), Bytes(patch).first(length));
      if (applied.status) {
        ++accepted;
        EXPECT_TRUE(std::equal(applied.made.begin(), applied.made.end(), target.begin()));
        EXPECT_LT(applied.made.size(), std::max<std::size_t>(target.size(), 1));
      }
    }
    EXPECT_LE(accepted, 2U);  // the header alone, and the first of two windows
  }
}

TEST(Vcdiff, ChangedBytesNeverPassTheLimits) {
  constexpr Limits tight{400, std::uint64_t{1} << 20, 1};
  for (const fs::path& path : files("good")) {
    SCOPED_TRACE(path.filename());
    const Blob patch = content(path);
    for (std::size_t i = 0; i < patch.size(); ++i) {
      for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff, patch[i] ^ 1, patch[i] ^ 0x80}) {
        Blob bad = patch;
        bad[i] = static_cast<std::uint8_t>(value);
        const Applied applied = applied_by(reader(), bad, options(tight));
        EXPECT_LE(applied.made.size(), tight.output);
        if (!applied.status) {
          EXPECT_NE(applied.status.error().code(), Code::bug);
        }
      }
    }
  }
}

TEST(Vcdiff, LimitsAreCheckedBeforeAnythingIsWritten) {
  const Applied output = applied_by(reader(), good("two-windows"), options({14, 1 << 20, 1}));
  ASSERT_FALSE(output.status);
  EXPECT_EQ(output.status.error().code(), Code::limit);
  EXPECT_TRUE(output.made.empty());
  const Applied memory = applied_by(reader(), good("run"), options({1 << 20, 299, 1}));
  ASSERT_FALSE(memory.status);
  EXPECT_EQ(memory.status.error().code(), Code::limit);
  // 12 bytes of the first window, and the two of them that the second reads.
  EXPECT_TRUE(applied_by(reader(), good("from-target"), options({1 << 20, 20, 1})).status);
  const Applied kept = applied_by(reader(), good("from-target"), options({1 << 20, 19, 1}));
  ASSERT_FALSE(kept.status);
  EXPECT_EQ(kept.status.error().code(), Code::limit);
}

TEST(Vcdiff, SectionsShareTheMemoryForUnpacking) {
  int packed = 0;
  for (const fs::path& path : files("good")) {
    SCOPED_TRACE(path.filename());
    const Blob patch = content(path);
    const auto info = reader().info(MemorySource(patch), roomy);
    ASSERT_TRUE(info);
    const bool has_packed = std::ranges::count(info->details, "packed sections",
                                               [](const auto& entry) { return entry.first; }) > 0;
    if (!has_packed) {
      continue;
    }
    ++packed;
    EXPECT_TRUE(applied_by(reader(), patch, options({1 << 20, info->memory, 1})).status);
    const Applied refused = applied_by(reader(), patch, options({1 << 20, info->memory - 1, 1}));
    ASSERT_FALSE(refused.status);
    EXPECT_EQ(refused.status.error().code(), Code::limit);
  }
  EXPECT_GT(packed, 0);
}

TEST(Vcdiff, WhatTheCallerKnowsOfTheFilesIsChecked) {
  const Blob patch = good("add-copy");
  ApplyOptions given = options();
  given.old_sha256 = sha256(old_file());
  const Applied right = applied_by(reader(), patch, given);
  ASSERT_TRUE(right.status);
  given.new_sha256 = sha256(right.made);
  EXPECT_TRUE(applied_by(reader(), patch, given).status);
  (*given.new_sha256)[0] ^= 1U;
  const Applied wrong_new = applied_by(reader(), patch, given);
  ASSERT_FALSE(wrong_new.status);
  EXPECT_EQ(wrong_new.status.error().code(), Code::mismatch);
  (*given.old_sha256)[0] ^= 1U;
  const Applied wrong_old = applied_by(reader(), patch, given);
  ASSERT_FALSE(wrong_old.status);
  EXPECT_EQ(wrong_old.status.error().code(), Code::mismatch);
  EXPECT_TRUE(wrong_old.made.empty());
}

TEST(Vcdiff, NumbersTakeTheFewestBytes) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128},
                                    std::uint64_t{123456789}, most >> 1, most}) {
    Blob bytes;
    append_number(bytes, value);
    EXPECT_EQ(bytes.size(), number_size(value));
    NumberDecoder decoder;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      EXPECT_EQ(decoder.feed(bytes[i]),
                i + 1 == bytes.size() ? NumberDecoder::State::done : NumberDecoder::State::more);
    }
    EXPECT_EQ(decoder.value(), value);
    EXPECT_FALSE(decoder.padded());
  }
  Blob rfc;
  append_number(rfc, 123456789);
  EXPECT_EQ(rfc, (Blob{0xba, 0xef, 0x9a, 0x15}));  // the example of RFC 3284, section 2
}

TEST(Vcdiff, CodeTableIsTheOneOfTheRfc) {
  // Lines of the table in RFC 3284, section 5.6.
  EXPECT_EQ(default_table[0].first.type, Type::run);
  EXPECT_EQ(default_table[18].first.size, 17);
  EXPECT_EQ(default_table[19].first.type, Type::copy);
  EXPECT_EQ(default_table[162].first.size, 18);
  EXPECT_EQ(default_table[162].first.mode, 8);
  EXPECT_EQ(default_table[163].second.size, 4);
  EXPECT_EQ(default_table[234].first.size, 4);
  EXPECT_EQ(default_table[234].second.mode, 5);
  EXPECT_EQ(default_table[246].second.mode, 8);
  EXPECT_EQ(default_table[247].second.type, Type::add);
}

TEST(Vcdiff, Adler32) {
  EXPECT_EQ(adler32(1, as_bytes("Wikipedia")), 0x11E60398U);
  EXPECT_EQ(adler32(1, {}), 1U);
  const Blob large(100'000, 0xff);
  EXPECT_EQ(adler32(adler32(1, Bytes(large).first(1234)), Bytes(large).subspan(1234)),
            adler32(1, large));
}

}  // namespace
}  // namespace kerf::vcdiff
