// Both directions: what the writer makes, the reader takes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <string>

#include "base/test_bytes.h"
#include "diff/engine.h"
#include "patch/sliver/header.h"
#include "patch/sliver/profile.h"
#include "patch/sliver/sliver.h"
#include "patch/sliver/test_program.h"
#include "plan/choose.h"

namespace kerf::sliver {
namespace {

using Vector = std::vector<std::uint8_t>;

constexpr std::uint64_t plenty = std::uint64_t{1} << 30;

Vector diff(Bytes from, Bytes to, std::string_view profile, unsigned threads = 1) {
  MemorySink patch(plenty);
  const auto status = plan::write_smallest(from, to, exec_engine(), writer(),
                                           {plenty, threads, nullptr, profile}, patch);
  EXPECT_TRUE(status) << (status ? "" : status.error().text());
  return std::move(patch).take();
}

Result<Vector> patched(Bytes from, Bytes patch, unsigned threads = 1) {
  MemorySink made(plenty);
  TRY(reader().apply(
      MemorySource(from), MemorySource(patch), made,
      {.limits = {plenty, plenty, 1}, .old_sha256 = {}, .new_sha256 = {}, .threads = threads}));
  return std::move(made).take();
}

void round_trip(const Vector& from, const Vector& to, std::string_view profile) {
  const Vector patch = diff(from, to, profile);
  const auto made = patched(from, patch);
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(*made, to);
  const auto info = reader().info(MemorySource(patch), {plenty, plenty, 1});
  ASSERT_TRUE(info) << info.error().text();
  EXPECT_EQ(info->new_size, to.size());
  EXPECT_EQ(info->old_id->size, from.size());
  EXPECT_EQ(info->profile, profile);
}

TEST(SliverWriter, EveryProfileRoundTrips) {
  for (const std::string_view profile : writer().profiles()) {
    round_trip({}, {}, profile);
    round_trip({}, {1}, profile);
    round_trip({1}, {}, profile);
    round_trip({1, 2, 3}, {1, 2, 3}, profile);
    for (std::uint64_t seed = 1; seed < 6; ++seed) {
      const Vector old = test::noise(seed * seed * 97, seed, 1 + static_cast<unsigned>(seed) * 20);
      round_trip(old, test::edited(old, seed, static_cast<unsigned>(seed) * 9), profile);
    }
  }
}

TEST(SliverWriter, MovedReferencesCostNextToNothing) {
  const Vector old = test_program::make(600, 0);
  const Vector fresh = test_program::make(600, 3);
  MemorySink classic(plenty);
  ASSERT_TRUE(plan::write_smallest(old, fresh, suffix_engine(), **find_writer("bsdiff"),
                                   {plenty, 1}, classic));
  for (const std::string_view profile : writer().profiles()) {
    const Vector patch = diff(old, fresh, profile);
    // A shift map of 40 breaks and 64 learned targets cannot hold what 600 functions do.
    const unsigned factor = profile == "tiny" ? 3 : 8;
    EXPECT_LT(patch.size() * factor, classic.view().size()) << profile;
    const auto made = patched(old, patch);
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_EQ(*made, fresh);
  }
}

// What describes the old file describes no file that ends early.
TEST(SliverWriter, ATruncatedProgramIsMadeWithoutItsSegments) {
  const Vector old = test_program::make(300, 0);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, old.size() / 2}) {
    for (const std::string_view profile : writer().profiles()) {
      round_trip(old, Vector(old.begin(), old.begin() + static_cast<std::ptrdiff_t>(size)),
                 profile);
    }
  }
}

TEST(SliverWriter, EqualFilesTakeAHeaderAndOneCover) {
  const Vector old = test::noise(300000, 6, 200);
  EXPECT_LT(diff(old, old, "standard").size(), 140U);
}

TEST(SliverWriter, ThreadsChangeNeitherPatchNorResult) {
  const Vector old = test::noise(9 << 20, 5, 256);
  Vector fresh = old;
  test::Random random(8);
  for (int i = 0; i < 300; ++i) {
    fresh[random.below(fresh.size())] ^= 85;
  }
  const Script script{Copy{0, fresh.size()}};
  std::vector<Vector> patches;
  for (const unsigned threads : {1U, 3U}) {
    MemorySink patch(plenty);
    ASSERT_TRUE(writer().write(old, fresh, script, patch, {.threads = threads}));
    patches.push_back(std::move(patch).take());
  }
  EXPECT_EQ(patches[0], patches[1]);
  const auto header = read_header(MemorySource(patches[0]), {plenty, plenty, 1});
  ASSERT_TRUE(header);
  EXPECT_EQ(header->window_lengths.size(), 2U);
  for (const unsigned threads : {1U, 2U, 8U}) {
    const auto made = patched(old, patches[0], threads);
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_TRUE(*made == fresh) << threads;
  }
}

// The worked example of docs/formats/sliver.md.
TEST(SliverWriter, MakesTheDocumentsExample) {
  std::ifstream document(KERF_SLIVER_DOCUMENT);
  std::string digits;
  bool inside = false;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("## 11.")) {
      digits.clear();
      inside = false;
    }
    if (line == "```") {
      inside = !inside;
    } else if (inside) {
      std::ranges::copy_if(line, std::back_inserter(digits), [](char c) { return c != ' '; });
    }
  }
  const Vector old{'h', 'e', 'l', 'l', 'o'};
  const Vector fresh{'h', 'e', 'l', 'p', 'o', '!', '!'};
  const Vector patch = diff(old, fresh, "small");
  std::ranges::transform(digits, digits.begin(),
                         [](char c) { return static_cast<char>(std::tolower(c)); });
  EXPECT_EQ(to_hex(patch), digits);
  const auto written = from_hex(digits);
  ASSERT_TRUE(written);
  const auto made = patched(old, *written);
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(*made, fresh);
}

// Whatever the compiler and the machine. When the format changes, so do these files, until it is
// frozen.
TEST(SliverWriter, MakesTheGoldenPatches) {
  const std::string folder = KERF_SLIVER_TESTDATA;
  const auto load = [&](const std::string& name) {
    std::ifstream file(folder + "/" + name, std::ios::binary);
    return Vector{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  };
  const Vector old = test_program::make(100, 0);
  EXPECT_EQ(load("old.bin"), old);
  for (const std::string_view profile : writer().profiles()) {
    const Vector golden = load("good-" + std::string(profile) + ".sliver");
    // What zstd makes is a matter of its version.
    if (profile != "fast") {
      EXPECT_EQ(diff(old, test_program::make(100, 3), profile), golden) << profile;
    }
    const auto made = patched(old, golden);
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_EQ(*made, test_program::make(100, 3)) << profile;
  }
}

TEST(SliverWriter, RefusesAnUnknownProfile) {
  MemorySink patch(plenty);
  const auto status = writer().write({}, {}, {}, patch, {.profile = "huge"});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::unsupported);
}

TEST(SliverReader, ChecksTheOldFileBeforeTheFirstByte) {
  const Vector old = test::noise(5000, 1, 256);
  const Vector patch = diff(old, test::edited(old, 2, 20), "small");
  Vector other = old;
  other[77] ^= 1;
  MemorySink nothing(0);
  const auto status =
      reader().apply(MemorySource(other), MemorySource(patch), nothing,
                     {.limits = {plenty, plenty, 1}, .old_sha256 = {}, .new_sha256 = {}});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::mismatch);
}

TEST(SliverReader, EveryFlippedBitIsRefusedOrHarmless) {
  const Vector old = test::noise(700, 1, 60);
  const Vector fresh = test::edited(old, 3, 12);
  const Vector patch = diff(old, fresh, "small");
  std::size_t harmless = 0;
  for (std::size_t bit = 0; bit < patch.size() * 8; ++bit) {
    Vector damaged = patch;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    if (const auto made = patched(old, damaged)) {
      ++harmless;
      ASSERT_EQ(*made, fresh) << "bit " << bit;
    }
  }
  // Only the range coders' last bytes have room for other bits that mean the same.
  EXPECT_LT(harmless, 40U);
}

TEST(SliverReader, StatedMemoryIsEnoughAndLessIsRefused) {
  const Vector old = test::noise(50000, 1, 256);
  const Vector patch = diff(old, test::edited(old, 2, 20), "standard");
  const auto info = reader().info(MemorySource(patch), {plenty, plenty, 1});
  ASSERT_TRUE(info);
  MemorySink made(plenty);
  ApplyOptions options{.limits = {plenty, info->memory, 1}, .old_sha256 = {}, .new_sha256 = {}};
  EXPECT_TRUE(reader().apply(MemorySource(old), MemorySource(patch), made, options));
  options.limits.memory = info->memory - 1;
  const auto status = reader().apply(MemorySource(old), MemorySource(patch), made, options);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::limit);
}

}  // namespace
}  // namespace kerf::sliver
