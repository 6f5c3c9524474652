// Profile `fast`: its sections, and what a reader must refuse.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>

#include "base/test_bytes.h"
#include "base/varint.h"
#include "diff/engine.h"
#include "patch/sliver/fast_streams.h"
#include "patch/sliver/profile.h"
#include "patch/sliver/sliver.h"
#include "patch/sliver/test_program.h"
#include "patch/sliver/write_fast.h"
#include "plan/choose.h"

namespace kerf::sliver::fast {
namespace {

using Vector = std::vector<std::uint8_t>;

constexpr std::uint64_t plenty = std::uint64_t{1} << 30;

Vector diff(Bytes from, Bytes to) {
  MemorySink patch(plenty);
  EXPECT_TRUE(
      plan::write_smallest(from, to, exec_engine(), writer(), {plenty, 1, nullptr, "fast"}, patch));
  return std::move(patch).take();
}

Result<Vector> patched(Bytes from, Bytes patch, unsigned threads = 1,
                       std::uint64_t memory = plenty) {
  MemorySink made(plenty);
  TRY(sliver::reader().apply(
      MemorySource(from), MemorySource(patch), made,
      {.limits = {plenty, memory, 1}, .old_sha256 = {}, .new_sha256 = {}, .threads = threads}));
  return std::move(made).take();
}

// A patch without images, whose windows have about `window` bytes.
Vector write_plain(const Vector& from, const Vector& to, std::vector<Cover> covers,
                   std::size_t window, unsigned threads = 1) {
  Header header;
  header.profile = fast_profile;
  header.parameters = find_profile("fast")->parameters;
  header.old_id = {from.size(), sha256(from)};
  header.new_id = {to.size(), sha256(to)};
  header.window_lengths.resize((to.size() + window - 1) / window);
  WriteOptions options;
  options.threads = threads;
  auto made = write(from, to, header, std::move(covers), options);
  EXPECT_TRUE(made);
  return *std::move(made);
}

TEST(SliverFast, NumbersComeBack) {
  Vector heads;
  Vector tails;
  const std::vector<std::uint32_t> numbers{0, 1, 240, 241, 255, 256, 65535, 65536, 0xFFFFFFFF};
  for (const std::uint32_t number : numbers) {
    const std::size_t before = tails.size();
    for (std::uint32_t rest = number > most_short ? number : 0; rest > 0; rest >>= 8) {
      tails.push_back(static_cast<std::uint8_t>(rest));
    }
    heads.push_back(static_cast<std::uint8_t>(
        number > most_short ? most_short + (tails.size() - before) : number));
  }
  ByteWriter section;
  for (const Vector* stream : {&heads, &tails}) {
    write_varint(stream->size(), section);
    write_varint(0, section);
  }
  section.bytes(heads);
  section.bytes(tails);
  Streams streams;
  ASSERT_TRUE(streams.unpack(section.view(), 0, 2, heads.size() + tails.size()));
  NumberStream stream(streams, 0);
  for (const std::uint32_t number : numbers) {
    EXPECT_EQ(stream.next(), number);
  }
  EXPECT_TRUE(stream.finished());
  EXPECT_FALSE(stream.failed());
  stream.next();
  EXPECT_TRUE(stream.failed());
  // What may come out is bounded by the caller, and all of the section must be used.
  EXPECT_FALSE(streams.unpack(section.view(), 0, 2, heads.size() + tails.size() - 1));
  section.u8(0);
  EXPECT_FALSE(streams.unpack(section.view(), 0, 2, heads.size() + tails.size()));
}

TEST(SliverFast, WindowsStandAlone) {
  const Vector old = test::noise(400'000, 5, 256);
  Vector fresh(old.begin() + 1000, old.end());
  test::Random random(8);
  for (int i = 0; i < 3000; ++i) {
    fresh[random.below(fresh.size())] ^= 85;
  }
  // The covers leave some bytes to literals, overlap in old, and cross windows.
  const auto size = static_cast<std::uint32_t>(fresh.size());
  const std::vector<Cover> covers{{1000, 0, 100'000, false},
                                  {101'500, 100'500, 150'000, false},
                                  {1000 + size - 10'000, size - 10'000, 10'000, false}};
  const Vector patch = write_plain(old, fresh, covers, 100'000);
  EXPECT_EQ(write_plain(old, fresh, covers, 100'000, 3), patch);
  for (const unsigned threads : {1U, 3U}) {
    const auto made = patched(old, patch, threads);
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_TRUE(*made == fresh);
  }
}

TEST(SliverFast, EveryFlippedBitIsRefusedOrHarmless) {
  const Vector old = test_program::make(40, 0);
  const Vector fresh = test_program::make(40, 3);
  const Vector patch = diff(old, fresh);
  std::size_t harmless = 0;
  for (std::size_t bit = 0; bit < patch.size() * 8; ++bit) {
    Vector damaged = patch;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    if (const auto made = patched(old, damaged)) {
      ++harmless;
      ASSERT_EQ(*made, fresh) << "bit " << bit;
    }
  }
  // Unused bits of zstd frames, and of layouts where nothing depends on them.
  EXPECT_LT(harmless, patch.size());
}

TEST(SliverFast, EveryPrefixIsRefused) {
  const Vector old = test_program::make(40, 0);
  const Vector patch = diff(old, test_program::make(40, 3));
  for (std::size_t size = 0; size < patch.size(); ++size) {
    EXPECT_FALSE(patched(old, Bytes(patch).first(size))) << size;
  }
}

TEST(SliverFast, StatedMemoryIsEnoughAndLessIsRefused) {
  const Vector old = test_program::make(400, 0);
  const Vector patch = diff(old, test_program::make(400, 3));
  const auto info = sliver::reader().info(MemorySource(patch), {plenty, plenty, 1});
  ASSERT_TRUE(info) << info.error().text();
  EXPECT_EQ(info->profile, "fast");
  EXPECT_TRUE(patched(old, patch, 1, info->memory));
  const auto made = patched(old, patch, 1, info->memory - 1);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), Code::limit);
}

// The worked example of docs/formats/sliver-fast.md.
TEST(SliverFast, MakesTheDocumentsExample) {
  std::ifstream document(KERF_SLIVER_FAST_DOCUMENT);
  std::string digits;
  bool inside = false;
  for (std::string line; std::getline(document, line);) {
    if (line == "```") {
      inside = !inside;
    } else if (inside) {
      std::ranges::copy_if(line, std::back_inserter(digits), [](char c) { return c != ' '; });
    }
  }
  std::ranges::transform(digits, digits.begin(),
                         [](char c) { return static_cast<char>(std::tolower(c)); });
  const Vector old{'h', 'e', 'l', 'l', 'o'};
  const Vector fresh{'h', 'e', 'l', 'p', 'o', '!', '!'};
  EXPECT_EQ(to_hex(write_plain(old, fresh, {{0, 0, 5, false}}, 100)), digits);
  const auto written = from_hex(digits);
  ASSERT_TRUE(written);
  const auto made = patched(old, *written);
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(*made, fresh);
}

}  // namespace
}  // namespace kerf::sliver::fast
