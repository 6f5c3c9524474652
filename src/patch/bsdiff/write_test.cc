#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "base/test_bytes.h"
#include "patch/bsdiff/bsdiff.h"

namespace kerf::bsdiff {
namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

std::vector<std::uint8_t> write(const PatchWriter& writer, Bytes from, Bytes to,
                                const Script& script) {
  MemorySink sink(unlimited);
  const auto status = writer.write(from, to, script, sink, {});
  EXPECT_TRUE(status) << status.error().text();
  return std::move(sink).take();
}

void expect_round_trip(const PatchWriter& writer, const PatchReader& reader, Bytes from, Bytes to,
                       const Script& script) {
  const auto bytes = write(writer, from, to, script);
  const MemorySource patch(bytes);
  MemorySink out(to.size());
  const auto status =
      reader.apply(MemorySource(from), patch, out,
                   {.limits = {to.size(), 16 << 20, 1}, .old_sha256 = {}, .new_sha256 = {}});
  ASSERT_TRUE(status) << status.error().text();
  EXPECT_TRUE(std::ranges::equal(out.view(), to));
}

TEST(BsdiffWrite, ScriptsOfEveryShape) {
  const auto from = test::noise(1000, 1, 256);
  const auto to = test::noise(300, 2, 256);
  const std::vector<Script> scripts = {
      {Add{300}},
      {Copy{0, 300}},
      {Copy{700, 300}},
      {Copy{500, 100}, Copy{10, 100}, Add{100}},
      {Add{1}, Copy{999, 1}, Add{1}, Copy{0, 297}},
      {Copy{3, 299}, Add{1}},
  };
  for (const Script& script : scripts) {
    expect_round_trip(writer(), reader(), from, to, script);
    expect_round_trip(endsley_writer(), endsley_reader(), from, to, script);
  }
}

TEST(BsdiffWrite, EmptyFiles) {
  expect_round_trip(writer(), reader(), {}, {}, {});
  expect_round_trip(endsley_writer(), endsley_reader(), {}, {}, {});
  const auto to = test::noise(10, 3, 256);
  expect_round_trip(writer(), reader(), {}, to, {Add{10}});
  expect_round_trip(writer(), reader(), to, {}, {});
  // Stock bspatch wants three complete streams, empty ones too.
  EXPECT_EQ(write(writer(), {}, {}, {}).size(), 32U + 3 * 14U);
}

TEST(BsdiffWrite, AScriptThatDoesNotFitIsABug) {
  const auto from = test::noise(100, 1, 256);
  const auto to = test::noise(50, 2, 256);
  for (const Script& script :
       {Script{Add{49}}, Script{Add{51}}, Script{Copy{51, 50}}, Script{Copy{0, 51}},
        Script{Add{1}, Copy{unlimited, 1}}, Script{Copy{101, 0}, Add{50}}}) {
    MemorySink sink(unlimited);
    const auto status = writer().write(from, to, script, sink, {});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), Code::bug);
  }
}

TEST(BsdiffWrite, LevelsStayBelowTheCeiling) {
  const auto from = test::noise(100, 1, 256);
  const auto to = test::noise(1'500'000, 2, 256);
  for (const int level : {1, 4}) {
    const auto limited = writer_with_level(level);
    const auto bytes = write(*limited, from, to, {Add{to.size()}});
    const auto info = reader().info(MemorySource(bytes), {to.size(), 16 << 20, 1});
    ASSERT_TRUE(info);
    EXPECT_EQ(info->profile, level == 1 ? "bzip2 levels 1,1,1" : "bzip2 levels 1,1,4");
    expect_round_trip(*limited, reader(), from, to, {Add{to.size()}});
  }
}

TEST(BsdiffFormat, OffsetsAreSignAndMagnitude) {
  std::array<std::uint8_t, 8> field{};
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{255}, std::int64_t{-256},
        std::numeric_limits<std::int64_t>::max(), -std::numeric_limits<std::int64_t>::max()}) {
    encode_offset(field.data(), value);
    EXPECT_EQ(decode_offset(field.data()), value);
  }
  encode_offset(field.data(), -2);
  EXPECT_EQ(field, (std::array<std::uint8_t, 8>{2, 0, 0, 0, 0, 0, 0, 0x80}));
  field = {0, 0, 0, 0, 0, 0, 0, 0x80};  // minus zero
  EXPECT_EQ(decode_offset(field.data()), 0);
}

}  // namespace
}  // namespace kerf::bsdiff
