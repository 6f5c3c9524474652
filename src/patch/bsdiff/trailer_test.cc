#include "patch/bsdiff/trailer.h"

#include <gtest/gtest.h>

#include "base/test_bytes.h"
#include "patch/bsdiff/craft.h"

namespace kerf::bsdiff {
namespace {

struct Example {
  std::vector<std::uint8_t> old = test::noise(64, 1, 256);
  std::vector<std::uint8_t> fresh;
  std::vector<std::uint8_t> body;
  Trailer trailer;

  Example() {
    craft::Parts parts;
    parts.controls = {{64, 3, 0}};
    parts.difference.resize(64);
    parts.difference[7] = 9;
    parts.extra = {1, 2, 3};
    parts.new_size = 67;
    fresh = old;
    fresh[7] = static_cast<std::uint8_t>(fresh[7] + 9);
    craft::append(fresh, parts.extra);
    body = craft::bsdiff40(parts);
    trailer.body = {body.size(), sha256(body)};
    trailer.old_id = {old.size(), sha256(old)};
    trailer.new_id = {fresh.size(), sha256(fresh)};
  }
  std::vector<std::uint8_t> file() const {
    auto bytes = body;
    craft::append(bytes, encode_trailer(trailer));
    return bytes;
  }
};

Status apply(Bytes old, Bytes file, MemorySink& out) {
  const MemorySource from(old);
  const MemorySource patch(file);
  return reader().apply(from, patch, out,
                        {.limits = {1 << 20, 16 << 20, 1}, .old_sha256 = {}, .new_sha256 = {}});
}

TEST(BsdiffTrailer, RoundTripsSignedAndUnsigned) {
  Example example;
  for (const bool is_signed : {false, true}) {
    if (is_signed) {
      example.trailer.signature.emplace();
      example.trailer.signature->key_id.fill(7);
      example.trailer.signature->signature.fill(9);
    }
    const auto file = example.file();
    EXPECT_EQ(file.size() - example.body.size(), is_signed ? 228U : 156U);
    const MemorySource source(file);
    const auto found = find_trailer(source);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((**found).old_id, example.trailer.old_id);
    EXPECT_EQ((**found).new_id, example.trailer.new_id);
    EXPECT_EQ((**found).body, example.trailer.body);
    EXPECT_EQ((**found).signature.has_value(), is_signed);
    EXPECT_EQ(signed_part(**found), signed_part(example.trailer));
    EXPECT_TRUE(check_body(source, **found));
    MemorySink out(1000);
    ASSERT_TRUE(apply(example.old, file, out));
    EXPECT_TRUE(std::ranges::equal(out.view(), example.fresh));
  }
}

TEST(BsdiffTrailer, ThePlainPatchHasNone) {
  const Example example;
  const auto found = find_trailer(MemorySource(example.body));
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->has_value());
}

TEST(BsdiffTrailer, WrongOldFileIsRefusedBeforeAnyOutput) {
  const Example example;
  auto wrong = example.old;
  wrong[50] ^= 1;
  MemorySink out(1000);
  const auto status = apply(wrong, example.file(), out);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::mismatch);
  EXPECT_NE(status.error().text().find("wrong old file"), std::string::npos);
  EXPECT_TRUE(out.view().empty());
  wrong.push_back(0);
  EXPECT_EQ(apply(wrong, example.file(), out).error().code(), Code::mismatch);
}

TEST(BsdiffTrailer, EveryFlippedBitOfTheFileIsNoticed) {
  const Example example;
  const auto good = example.file();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << (bit % 8)));
    MemorySink out(1000);
    const auto status = apply(example.old, bad, out);
    EXPECT_FALSE(status) << "bit " << bit;
    // Without its last magic a trailer is just surplus, which shows where the streams end.
    EXPECT_TRUE(out.view().empty() || bit >= (good.size() - 8) * 8) << "bit " << bit;
  }
}

TEST(BsdiffTrailer, DisagreementWithTheHeaderIsNoticed) {
  Example example;
  example.trailer.new_id.size += 1;
  MemorySink out(1000);
  const auto status = apply(example.old, example.file(), out);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::mismatch);
}

TEST(BsdiffTrailer, StatesItsPlace) {
  Example example;
  example.trailer.body.size += 1;
  const auto found = find_trailer(MemorySource(example.file()));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), Code::mismatch);
}

}  // namespace
}  // namespace kerf::bsdiff
