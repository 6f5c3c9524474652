// From two files to a plan: unpacking by layers, what is taken out, and the way back.
#include "plan/package.h"

#include <gtest/gtest.h>

#include "io/copy.h"
#include "plan/carve.h"
#include "plan/lay_out.h"
#include "recipe/run.h"
#include "recipe/test_recipe.h"

namespace kerf::plan {
namespace {

using Vector = std::vector<std::uint8_t>;

constexpr Limits limits{std::uint64_t{1} << 30, std::uint64_t{256} << 20, 16};

// One gzip member, by zlib's level 9.
Vector gzip(Bytes plain) {
  ByteWriter params;
  params.u8(1);
  for (std::uint64_t left = plain.size(); left > 0; left >>= 7) {
    params.u8(static_cast<std::uint8_t>(left >= 128 ? left | 128 : left));
  }
  const Vector header{0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 3};
  params.u8(static_cast<std::uint8_t>(header.size()));
  params.bytes(header);
  params.u8(3);
  params.bytes(Vector{1, 9, 15 | 8 << 4});
  MemorySink packed(std::uint64_t{1} << 24);
  auto encoder = find_codec(CodecId::gzip)->encoder(params.view(), packed, limits);
  EXPECT_TRUE(encoder) << encoder.error().text();
  EXPECT_TRUE((*encoder)->write(plain) && (*encoder)->finish());
  return std::move(packed).take();
}

Vector text(std::uint64_t seed) {
  return test::noise(60000, seed, 12);
}

UnpackedPair unpacked(Bytes from, Bytes to) {
  UnpackOptions options;
  options.limits = limits;
  auto pair = unpack(from, to, options);
  EXPECT_TRUE(pair) << pair.error().text();
  return *std::move(pair);
}

bool equal(Bytes a, Bytes b) {
  return std::ranges::equal(a, b);
}

TEST(Unpack, GoesDownLayerByLayer) {
  const Vector plain = text(1);
  const Vector fresh = test::edited(plain, 2, 5);
  const Vector from = gzip(gzip(plain));
  const Vector to = gzip(gzip(fresh));
  const UnpackedPair pair = unpacked(from, to);
  ASSERT_EQ(pair.old_file.layers.size(), 3U);
  ASSERT_EQ(pair.new_file.layers.size(), 3U);
  EXPECT_TRUE(equal(pair.old_file.content(), plain));
  EXPECT_TRUE(equal(pair.new_file.content(), fresh));
  EXPECT_TRUE(pair.new_file.left.empty());
  ASSERT_EQ(pair.new_file.members.size(), 1U);
  EXPECT_EQ(pair.new_file.members[0].extents[0], (Extent{0, fresh.size()}));
  EXPECT_EQ(pair.new_file.layers[1].streams[0].maker, "zlib level 9");
}

TEST(Unpack, WhatIsTheSameStaysPacked) {
  const Vector packed = gzip(text(1));
  const UnpackedPair pair = unpacked(packed, packed);
  EXPECT_EQ(pair.old_file.layers.size(), 1U);
  EXPECT_EQ(pair.new_file.layers.size(), 1U);
  EXPECT_TRUE(pair.new_file.left.empty());
}

TEST(Unpack, DamagedStreamsAreLeftWithAReason) {
  Vector to = gzip(text(2));
  to[to.size() / 2] ^= 16;
  const UnpackedPair pair = unpacked(gzip(text(1)), to);
  EXPECT_EQ(pair.old_file.layers.size(), 2U);
  EXPECT_EQ(pair.new_file.layers.size(), 1U);
  // A container that cannot list a damaged stream names none; one that can leaves it.
  EXPECT_LE(pair.new_file.left.size(), 1U);
}

TEST(Plan, ItsRecipeMakesTheNewFile) {
  const Vector plain = text(1);
  const Vector fresh = test::edited(plain, 2, 5);
  const struct {
    const char* name;
    Vector from;
    Vector to;
  } cases[] = {{"packed twice", gzip(gzip(plain)), gzip(gzip(fresh))},
               {"packed now", plain, gzip(fresh)},
               {"not packed any more", gzip(plain), fresh},
               {"nothing packed", plain, fresh},
               {"nothing in common", text(5), gzip(text(6))},
               {"empty", {}, gzip(fresh)},
               {"to nothing", gzip(plain), {}}};
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    const auto plan =
        plan_package(one.from, one.to, {.memory = std::uint64_t{1} << 30, .threads = 2});
    ASSERT_TRUE(plan) << plan.error().text();
    const Status sound = recipe::check(plan->recipe, limits);
    ASSERT_TRUE(sound) << sound.error().text();
    const MemorySource source(one.from);
    const Source* const sources[] = {&source};
    const auto payload = plan->payload.source();
    MemorySink made(std::uint64_t{1} << 24);
    const auto workshop = recipe::temporary_workshop(std::uint64_t{1} << 20);
    const Status status = recipe::run(plan->recipe, sources, *payload, made, *workshop, {limits});
    ASSERT_TRUE(status) << status.error().text();
    EXPECT_TRUE(equal(made.view(), one.to));
  }
}

TEST(Plan, UnpackingPays) {
  const Vector plain = text(1);
  const Vector fresh = test::edited(plain, 2, 5);
  const auto packed = plan_package(gzip(plain), gzip(fresh), {.memory = std::uint64_t{1} << 30});
  const auto plainly = plan_package(plain, fresh, {.memory = std::uint64_t{1} << 30});
  ASSERT_TRUE(packed && plainly);
  EXPECT_EQ(packed->streams, 1U);
  EXPECT_LE(packed->payload.size(), plainly->payload.size() + 10);
  EXPECT_LT(packed->payload.size(), 2000U);
}

TEST(Plan, DevicesWithoutMemoryGetWhatTheyCanPack) {
  const Vector plain = text(1);
  const auto plan =
      plan_package(gzip(plain), gzip(test::edited(plain, 2, 5)),
                   {.memory = std::uint64_t{1} << 30, .device_memory = std::uint64_t{128} << 10});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(plan->streams, 0U);
}

TEST(EqualRuns, AreEqualInOrderAndApart) {
  Unpacked old_file;
  Unpacked new_file;
  const Vector from = test::noise(400000, 1, 256);
  Vector to(from.begin() + 100000, from.end());  // moved
  to[150000] ^= 1;                               // changed
  to.insert(to.begin() + 200000, 5000, 'x');     // pushed apart
  old_file.layers.push_back({from, nullptr, {}});
  new_file.layers.push_back({to, nullptr, {}});
  // A member that is the same in both says where the rest may be found.
  old_file.members.push_back({"same", {{110000, 1000}}, {}});
  new_file.members.push_back({"same", {{10000, 1000}}, {}});
  old_file.members.push_back({"other", {{390000, 1000}}, {}});
  new_file.members.push_back({"other", {{295000, 1000}}, {}});
  const auto runs = find_equal_runs(old_file, new_file, 32768);
  ASSERT_EQ(runs.size(), 2U);
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  for (const EqualRun& run : runs) {
    EXPECT_GE(run.new_offset, done);
    EXPECT_TRUE(equal(Bytes(from).subspan(run.old_offset, run.length),
                      Bytes(to).subspan(run.new_offset, run.length)));
    done = run.new_offset + run.length;
    total += run.length;
  }
  EXPECT_EQ(runs[0].length, 150000U);
  EXPECT_GE(total, 240000U);
}

TEST(EqualRuns, LeaveProgramsWhole) {
  const Member member{"program", {{100, 50}, {200, 50}}, {}};
  const std::vector<ProgramPair> programs{{&member, &member}};
  // From before the program into its first part, over the gap, behind it.
  const auto spared =
      spare_programs({{1000, 50, 80}, {2000, 140, 100}, {3000, 260, 40}}, programs, 20);
  ASSERT_EQ(spared.size(), 3U);
  EXPECT_EQ(spared[0].new_offset, 50U);
  EXPECT_EQ(spared[0].length, 50U);
  EXPECT_EQ(spared[1].old_offset, 2010U);
  EXPECT_EQ(spared[1].new_offset, 150U);
  EXPECT_EQ(spared[1].length, 50U);
  EXPECT_EQ(spared[2].new_offset, 260U);
  EXPECT_EQ(spared[2].length, 40U);
}

TEST(Place, PutsHolesBetweenTheParts) {
  // Stored: 6 bytes at 10, 4 at 30. In the file: zeros at 0 to 1, 4 to 6, 10 to 12.
  const Member member{"sparse", {{10, 6}, {30, 4}}, {{0, 2}, {4, 3}, {11, 2}}};
  const auto placed = place(member);
  ASSERT_EQ(placed.size(), 3U);
  EXPECT_EQ(placed[0].at, (Extent{10, 2}));
  EXPECT_EQ(placed[0].offset, 2U);
  EXPECT_EQ(placed[1].at, (Extent{12, 4}));
  EXPECT_EQ(placed[1].offset, 7U);
  EXPECT_EQ(placed[2].at, (Extent{30, 4}));
  EXPECT_EQ(placed[2].offset, 13U);
  Vector content(40);
  for (std::size_t i = 0; i < content.size(); ++i) {
    content[i] = static_cast<std::uint8_t>(i);
  }
  EXPECT_EQ(file_of(content, member),
            (Vector{0, 0, 10, 11, 0, 0, 0, 12, 13, 14, 15, 0, 0, 30, 31, 32, 33}));
}

TEST(Outside, IsWhatNoPartHolds) {
  const auto rest = outside({{30, 10}, {10, 5}, {15, 5}}, 50);
  ASSERT_EQ(rest.size(), 3U);
  EXPECT_EQ(rest[0], (Extent{0, 10}));
  EXPECT_EQ(rest[1], (Extent{20, 10}));
  EXPECT_EQ(rest[2], (Extent{40, 10}));
  EXPECT_TRUE(outside({{0, 5}}, 5).empty());
  EXPECT_TRUE(outside({}, 0).empty());
}

}  // namespace
}  // namespace kerf::plan
