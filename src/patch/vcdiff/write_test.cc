#include <gtest/gtest.h>

#include <algorithm>

#include "base/test_bytes.h"
#include "diff/engine.h"
#include "patch/vcdiff/vcdiff.h"

namespace kerf::vcdiff {
namespace {

using Blob = std::vector<std::uint8_t>;

constexpr Limits roomy{std::uint64_t{64} << 20, std::uint64_t{256} << 20, 1};

Blob make(Bytes from, Bytes to, const Script& script) {
  MemorySink patch(roomy.output);
  const Status status = writer().write(from, to, script, patch, {});
  EXPECT_TRUE(status) << status.error().text();
  return std::move(patch).take();
}

Blob make(Bytes from, Bytes to) {
  const EngineOptions options{roomy};
  const auto source = suffix_engine().prepare(from, options);
  EXPECT_TRUE(source);
  const auto script = (*source)->diff(to, writer().price_sets().front(), options);
  EXPECT_TRUE(script);
  return make(from, to, *script);
}

// What comes out of the updater's reader, which takes nothing but the updater profile.
Blob applied(Bytes from, Bytes patch) {
  MemorySink made(roomy.output);
  const Status status =
      updater_reader().apply(MemorySource(from), MemorySource(patch), made,
                             {.limits = roomy, .old_sha256 = {}, .new_sha256 = {}});
  EXPECT_TRUE(status) << status.error().text();
  return std::move(made).take();
}

TEST(VcdiffWriter, RoundTripsInTheUpdaterProfile) {
  const Blob old_bytes = test::noise(60'000, 1, 256);
  const Blob text = test::noise(60'000, 2, 3);
  const std::vector<std::pair<Blob, Blob>> pairs{
      {{}, {}},
      {{}, text},
      {old_bytes, {}},
      {old_bytes, old_bytes},
      {old_bytes, test::edited(old_bytes, 3, 1)},
      {old_bytes, test::edited(old_bytes, 4, 300)},
      {old_bytes, test::edited(old_bytes, 5, 12'000)},
      {text, test::edited(text, 6, 2'000)},
      {old_bytes, test::noise(30'000, 7, 256)},
      {text, Blob(100'000, 'x')},
  };
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    SCOPED_TRACE(i);
    const auto& [from, to] = pairs[i];
    const Blob patch = make(from, to);
    EXPECT_TRUE(std::ranges::equal(Bytes(patch).first(5), Blob{0xd6, 0xc3, 0xc4, 0, 0}));
    EXPECT_GT(patch.size(), 5U);  // a window even for nothing: xdelta3 wants one
    EXPECT_EQ(applied(from, patch), to);
    EXPECT_EQ(make(from, to), patch);  // always the same
  }
}

TEST(VcdiffWriter, AnyScriptThatCoversTheTargetWillDo) {
  const Blob from = test::noise(5'000, 1, 256);
  const Blob to = test::edited(from, 2, 40);
  // Right nowhere in particular: the parse uses of it what is equal.
  const Script scripts[] = {{Add{to.size()}},
                            {Copy{0, 4'000}, Add{to.size() - 4'000}},
                            {Add{1'000}, Copy{3'000, 2'000}, Add{to.size() - 3'000}}};
  for (const Script& script : scripts) {
    EXPECT_EQ(applied(from, make(from, to, script)), to);
  }
  MemorySink patch(roomy.output);
  const Status status = writer().write(from, to, {Copy{4'999, 2}, Add{to.size() - 2}}, patch, {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::bug);
}

TEST(VcdiffWriter, SaysSimpleThingsInFewBytes) {
  const Blob from = test::noise(100'000, 1, 256);
  // Header 5, window header 14 or so, one instruction of a few bytes.
  EXPECT_LE(make(from, from).size(), 30U);
  EXPECT_LE(make({}, Blob(100'000, 'x')).size(), 25U);
  // Halves that have changed places.
  Blob moved(from.begin() + 50'000, from.end());
  moved.insert(moved.end(), from.begin(), from.begin() + 50'000);
  EXPECT_LE(make(from, moved).size(), 40U);
  // What is in the target alone, but twice.
  Blob twice = test::noise(1'000, 2, 256);
  twice.insert(twice.end(), twice.begin(), twice.end());
  EXPECT_LE(make(from, twice).size(), 1'040U);
  // Nothing to gain: little more than the bytes.
  EXPECT_LE(make(from, test::noise(50'000, 3, 256)).size(), 50'030U);
}

TEST(VcdiffWriter, SourceSegmentIsNoWiderThanTheCopies) {
  const Blob from = test::noise(100'000, 1, 256);
  const Blob to(from.begin() + 70'000, from.begin() + 71'000);
  const Blob patch = make(from, to);
  const auto info = reader().info(MemorySource(patch), roomy);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->min_old_size, 71'000U);
  EXPECT_EQ(info->profile, "updater");
}

TEST(VcdiffWriter, LargeTargetsHaveSeveralWindows) {
  const Blob from = test::noise(9 << 20, 1, 256);
  const Blob to = test::edited(from, 2, 50);
  const Script script{Copy{0, from.size() / 2}, Add{to.size() - from.size() / 2}};
  const Blob patch = make(from, to, script);
  const auto info = reader().info(MemorySource(patch), roomy);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->memory, 8U << 20);
  EXPECT_EQ(applied(from, patch), to);
}

}  // namespace
}  // namespace kerf::vcdiff
