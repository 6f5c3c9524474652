// Every field of a patch, wrong: what is said, with which code, at which offset, and that nothing
// is written past the declared size.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "base/test_bytes.h"
#include "patch/bsdiff/craft.h"

namespace kerf::bsdiff {
namespace {

using craft::Parts;

constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();

struct Outcome {
  Code code;
  std::string text;
  std::size_t written;
};

// Applies to an old file of 100 bytes; the patch must be refused.
Outcome refused(const PatchReader& reader, Bytes patch, Limits limits = {1 << 20, 16 << 20, 1}) {
  const auto old = test::noise(100, 1, 256);
  const MemorySource from(old);
  const MemorySource source(patch);
  MemorySink out(std::numeric_limits<std::uint32_t>::max());
  const auto status =
      reader.apply(from, source, out, {.limits = limits, .old_sha256 = {}, .new_sha256 = {}});
  EXPECT_FALSE(status);
  if (status) {
    return {Code::bug, "accepted", 0};
  }
  EXPECT_TRUE(status.error().offset().has_value()) << status.error().text();
  return {status.error().code(), status.error().text(), out.view().size()};
}

Outcome refused(const Parts& parts) {
  return refused(reader(), craft::bsdiff40(parts));
}

#define EXPECT_OUTCOME(outcome, expected_code, words)                 \
  do {                                                                \
    const Outcome seen = (outcome);                                   \
    EXPECT_EQ(seen.code, expected_code) << seen.text;                 \
    EXPECT_NE(seen.text.find(words), std::string::npos) << seen.text; \
  } while (false)

Parts good() {
  Parts parts;
  parts.controls = {{10, 5, 20}, {0, 0, 0}, {30, 0, -50}, {5, 0, 0}};
  parts.difference = test::noise(45, 2, 3);
  parts.extra = test::noise(5, 3, 200);
  parts.new_size = 50;
  return parts;
}

TEST(BsdiffHostile, TheGoodOneIsGood) {
  const auto old = test::noise(100, 1, 256);
  const MemorySource from(old);
  const auto patch = craft::bsdiff40(good());
  const MemorySource source(patch);
  MemorySink out(50);
  const auto status = reader().apply(
      from, source, out, {.limits = {50, 16 << 20, 1}, .old_sha256 = {}, .new_sha256 = {}});
  ASSERT_TRUE(status) << status.error().text();
  EXPECT_EQ(out.view().size(), 50U);
  const auto info = reader().info(source, {50, 16 << 20, 1});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->min_old_size, 60U);
}

// docs/formats/bsdiff.md, section 8.
TEST(BsdiffFormat, WorkedExample) {
  Parts parts;
  parts.controls = {{5, 2, 0}};
  parts.difference = {0, 0, 0, 4, 0};
  parts.extra = {0x21, 0x21};
  parts.new_size = 7;
  const auto patch = craft::bsdiff40(parts);
  const MemorySource from(as_bytes("hello"));
  MemorySink out(7);
  ASSERT_TRUE(reader().apply(from, MemorySource(patch), out,
                             {.limits = {7, 16 << 20, 1}, .old_sha256 = {}, .new_sha256 = {}}));
  EXPECT_TRUE(std::ranges::equal(out.view(), as_bytes("helpo!!")));
}

TEST(BsdiffHostile, EveryPrefixIsRefused) {
  const auto patch = craft::bsdiff40(good());
  for (std::size_t length = 0; length < patch.size(); ++length) {
    const Outcome outcome = refused(reader(), Bytes(patch).first(length));
    EXPECT_TRUE(outcome.code == Code::truncated ||
                (length < 8 && outcome.code == Code::unsupported))
        << length << ": " << outcome.text;
  }
}

TEST(BsdiffHostile, HeaderSizes) {
  auto patch = craft::bsdiff40(good());
  const auto with = [&](std::size_t at, std::int64_t value) {
    auto changed = patch;
    encode_offset(changed.data() + at, value);
    return changed;
  };
  EXPECT_OUTCOME(refused(reader(), with(8, -1)), Code::corrupt, "control length -1 is negative @8");
  EXPECT_OUTCOME(refused(reader(), with(16, -5)), Code::corrupt,
                 "difference length -5 is negative @16");
  EXPECT_OUTCOME(refused(reader(), with(24, -7)), Code::corrupt, "new size -7 is negative @24");
  EXPECT_OUTCOME(refused(reader(), with(8, huge)), Code::truncated, "control length");
  EXPECT_OUTCOME(refused(reader(), with(16, huge)), Code::truncated, "difference length");
  EXPECT_OUTCOME(refused(reader(), with(24, huge)), Code::limit, "new size");
  for (const std::int64_t size : {std::int64_t{1} << 31, std::int64_t{1} << 32}) {
    for (const std::int64_t near : {size - 1, size, size + 1}) {
      EXPECT_OUTCOME(refused(reader(), with(24, near)), Code::limit, std::to_string(near));
      EXPECT_OUTCOME(refused(reader(), with(8, near)), Code::truncated, std::to_string(near));
    }
  }
  // One byte less or more of either section: the streams no longer stand where the header says.
  const std::int64_t control = decode_offset(patch.data() + 8);
  refused(reader(), with(8, control - 1));
  refused(reader(), with(8, control + 1));
}

TEST(BsdiffHostile, DeclaredNewSizeTooSmallOrTooLarge) {
  Parts parts = good();
  parts.new_size = 49;
  EXPECT_OUTCOME(refused(parts), Code::corrupt, "passes the declared new size by 1 bytes");
  parts.new_size = 51;
  EXPECT_OUTCOME(refused(parts), Code::truncated, "control stream");
  parts.new_size = 45;
  EXPECT_OUTCOME(refused(parts), Code::corrupt, "plain bytes after the last one used");
}

TEST(BsdiffHostile, NegativeLengths) {
  Parts parts = good();
  parts.controls[2].add = -30;
  EXPECT_OUTCOME(refused(parts), Code::corrupt, "control 3: add length -30 is negative");
  parts = good();
  parts.controls[0].copy = -1;
  EXPECT_OUTCOME(refused(parts), Code::corrupt, "control 1: extra length -1 is negative");
  parts.controls[0] = {10, huge, 0};
  EXPECT_OUTCOME(refused(parts), Code::corrupt, "extra length");
  parts.controls[0] = {huge, huge, huge};
  EXPECT_OUTCOME(refused(parts), Code::corrupt, "add length");
}

TEST(BsdiffHostile, SeeksOutsideTheOldFile) {
  Parts parts = good();
  parts.controls[0].seek = -11;
  EXPECT_OUTCOME(refused(parts), Code::corrupt, "source position -1 is outside the old file");
  parts = good();
  parts.controls[0].seek = 61;  // 10 + 61 + 30 = 101
  EXPECT_OUTCOME(refused(parts), Code::mismatch, "101 is outside the old file (100 bytes)");
  parts.controls[0].seek = huge;
  EXPECT_OUTCOME(refused(parts), Code::corrupt, "leaves the 64-bit range");
  parts.controls[0].seek = -huge;
  EXPECT_OUTCOME(refused(parts), Code::corrupt, "outside the old file");
  // A position outside is harmless as long as nothing is read there.
  parts = good();
  parts.controls = {{10, 5, 100'000}, {0, 0, -99'980}, {35, 0, -huge}};
  const auto old = test::noise(100, 1, 256);
  const auto patch = craft::bsdiff40(parts);
  const MemorySource from(old);
  const MemorySource source(patch);
  MemorySink out(50);
  EXPECT_TRUE(reader().apply(from, source, out,
                             {.limits = {50, 16 << 20, 1}, .old_sha256 = {}, .new_sha256 = {}}));
}

TEST(BsdiffHostile, StreamsTooShortTooLongOrDamaged) {
  Parts parts = good();
  parts.difference.pop_back();
  EXPECT_OUTCOME(refused(parts), Code::truncated, "difference stream");
  parts = good();
  parts.difference.push_back(0);
  EXPECT_OUTCOME(refused(parts), Code::corrupt, "difference stream");
  parts = good();
  parts.extra.pop_back();
  EXPECT_OUTCOME(refused(parts), Code::truncated, "extra stream");
  parts = good();
  parts.extra.push_back(0);
  EXPECT_OUTCOME(refused(parts), Code::corrupt, "extra stream");
  parts = good();
  parts.surplus_control = {0};
  EXPECT_OUTCOME(refused(parts), Code::corrupt, "control stream");
  auto patch = craft::bsdiff40(good());
  patch[32 + 20] ^= 1;
  EXPECT_OUTCOME(refused(reader(), patch), Code::corrupt, "control stream: damaged bzip2 stream");
}

TEST(BsdiffHostile, TrailingBytesAreRefusedUnlessAllowed) {
  Parts parts = good();
  parts.trailing = {1, 2, 3};
  EXPECT_OUTCOME(refused(parts), Code::corrupt, "3 bytes follow the end of the patch");
  const auto old = test::noise(100, 1, 256);
  const auto patch = craft::bsdiff40(parts);
  const MemorySource from(old);
  const MemorySource source(patch);
  MemorySink out(50);
  ApplyOptions options{.limits = {50, 16 << 20, 1}, .old_sha256 = {}, .new_sha256 = {}};
  options.allow_trailing = true;
  EXPECT_TRUE(reader().apply(from, source, out, options));
}

TEST(BsdiffHostile, EmptyControlsAreBounded) {
  Parts parts;
  parts.controls.assign(100'000, Control{0, 0, 0});  // a few bytes once compressed
  parts.new_size = 10;
  EXPECT_OUTCOME(refused(parts), Code::limit, "empty control number");
}

TEST(BsdiffHostile, MemoryCeiling) {
  Parts parts = good();
  parts.level = 9;
  const auto patch = craft::bsdiff40(parts);
  const Outcome outcome = refused(reader(), patch, {1 << 20, 3 * bzip2_memory(9, true) - 1, 1});
  EXPECT_EQ(outcome.code, Code::limit);
  EXPECT_EQ(outcome.written, 0U);
}

TEST(BsdiffHostile, WrongHashesAreNoticedBeforeAndAfter) {
  const auto old = test::noise(100, 1, 256);
  const auto patch = craft::bsdiff40(good());
  const MemorySource from(old);
  const MemorySource source(patch);
  ApplyOptions options{.limits = {50, 16 << 20, 1}, .old_sha256 = Sha256{}, .new_sha256 = {}};
  MemorySink none(50);
  const auto wrong_old = reader().apply(from, source, none, options);
  ASSERT_FALSE(wrong_old);
  EXPECT_EQ(wrong_old.error().code(), Code::mismatch);
  EXPECT_TRUE(none.view().empty());
  options.old_sha256 = sha256(old);
  options.new_sha256 = Sha256{};
  MemorySink all(50);
  const auto wrong_new = reader().apply(from, source, all, options);
  ASSERT_FALSE(wrong_new);
  EXPECT_EQ(wrong_new.error().code(), Code::mismatch);
}

TEST(EndsleyHostile, EveryPrefixAndEveryField) {
  std::vector<std::uint8_t> plain;
  craft::append_control(plain, {10, 5, 20});
  craft::append(plain, test::noise(15, 4, 9));
  craft::append_control(plain, {30, 0, 0});
  craft::append(plain, test::noise(30, 5, 2));
  const auto patch = craft::endsley(45, plain);
  const auto old = test::noise(100, 1, 256);
  const MemorySource from(old);
  const MemorySource source(patch);
  MemorySink out(45);
  ASSERT_TRUE(endsley_reader().apply(
      from, source, out, {.limits = {45, 16 << 20, 1}, .old_sha256 = {}, .new_sha256 = {}}));
  for (std::size_t length = 0; length < patch.size(); ++length) {
    refused(endsley_reader(), Bytes(patch).first(length));
  }
  EXPECT_OUTCOME(refused(endsley_reader(), craft::endsley(-1, plain)), Code::corrupt,
                 "new size -1 is negative @16");
  EXPECT_OUTCOME(refused(endsley_reader(), craft::endsley(44, plain)), Code::corrupt,
                 "add length 30");
  EXPECT_OUTCOME(refused(endsley_reader(), craft::endsley(46, plain)), Code::truncated,
                 "patch stream");
  auto longer = plain;
  longer.push_back(0);
  EXPECT_OUTCOME(refused(endsley_reader(), craft::endsley(45, longer)), Code::corrupt,
                 "patch stream");
}

}  // namespace
}  // namespace kerf::bsdiff
