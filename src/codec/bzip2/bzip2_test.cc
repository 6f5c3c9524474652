#include "codec/bzip2/bzip2.h"

#include <gtest/gtest.h>

#include "base/test_bytes.h"

namespace kerf {
namespace {

std::vector<std::uint8_t> compress(Bytes plain, int level, std::size_t block_end = 0) {
  MemorySink sink(plain.size() * 2 + 4096);
  Bzip2Writer writer(sink, level);
  EXPECT_TRUE(writer.write(plain.first(block_end)));
  if (block_end > 0) {
    EXPECT_TRUE(writer.end_block());
  }
  EXPECT_TRUE(writer.write(plain.subspan(block_end)));
  EXPECT_TRUE(writer.finish());
  return std::move(sink).take();
}

Bzip2Reader::Options roomy() {
  Bzip2Reader::Options options;
  options.memory = 8 << 20;
  return options;
}

TEST(Bzip2, RoundTripsWithAndWithoutAnEarlyBlockEnd) {
  const auto plain = test::noise(300'000, 7, 17);
  for (const std::size_t block_end : {std::size_t{0}, std::size_t{1}, std::size_t{150'000}}) {
    const auto packed = compress(plain, 3, block_end);
    const MemorySource source(packed);
    Bzip2Reader reader(source, roomy());
    std::vector<std::uint8_t> out(plain.size());
    ASSERT_TRUE(reader.read(out));
    EXPECT_EQ(out, plain);
    EXPECT_TRUE(reader.finish());
    EXPECT_EQ(reader.consumed(), packed.size());
    EXPECT_EQ(reader.memory(), bzip2_memory(3, false));
  }
}

TEST(Bzip2, ManySmallReadsThroughASmallBufferGiveTheSame) {
  const auto plain = test::noise(5'000, 1, 3);
  const auto packed = compress(plain, 1);
  const MemorySource source(packed);
  auto options = roomy();
  options.buffer = 1;
  Bzip2Reader reader(source, options);
  for (const std::uint8_t expected : plain) {
    std::uint8_t byte = 0;
    ASSERT_TRUE(reader.read({&byte, 1}));
    ASSERT_EQ(byte, expected);
  }
  EXPECT_TRUE(reader.finish());
}

TEST(Bzip2, EveryPrefixIsTruncated) {
  const auto plain = test::noise(400, 2, 5);
  const auto packed = compress(plain, 9);
  for (std::size_t length = 0; length < packed.size(); ++length) {
    const MemorySource source(Bytes(packed).first(length));
    Bzip2Reader reader(source, roomy());
    std::vector<std::uint8_t> out(plain.size());
    auto status = reader.read(out);
    if (status) {
      status = reader.finish();
    }
    ASSERT_FALSE(status) << length;
    EXPECT_EQ(status.error().code(), Code::truncated) << length;
  }
}

TEST(Bzip2, SurplusPlainBytesAreRefusedAndSoIsTooMuchDemand) {
  const auto plain = test::noise(100, 3, 5);
  const auto packed = compress(plain, 9);
  const MemorySource source(packed);
  Bzip2Reader reader(source, roomy());
  std::vector<std::uint8_t> out(99);
  ASSERT_TRUE(reader.read(out));
  const auto status = reader.finish();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::corrupt);

  Bzip2Reader again(source, roomy());
  std::vector<std::uint8_t> more(101);
  const auto short_of = again.read(more);
  ASSERT_FALSE(short_of);
  EXPECT_EQ(short_of.error().code(), Code::truncated);
}

TEST(Bzip2, MemoryCeilingChoosesSmallModeThenRefuses) {
  const auto packed = compress(test::noise(1'000, 4, 5), 9);
  const MemorySource source(packed);
  std::vector<std::uint8_t> out(1'000);
  auto options = roomy();
  options.memory = bzip2_memory(9, true);
  Bzip2Reader small(source, options);
  ASSERT_TRUE(small.read(out));
  EXPECT_EQ(small.memory(), bzip2_memory(9, true));
  options.memory -= 1;
  options.base = 1000;
  Bzip2Reader refused(source, options);
  const auto status = refused.read(out);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::limit);
  EXPECT_EQ(status.error().offset(), 1000);
}

TEST(Bzip2, DamageIsNoticedAtTheLatestAtTheEnd) {
  const auto plain = test::noise(2'000, 5, 9);
  const auto good = compress(plain, 1);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] ^= 0x10;
    const MemorySource source(bad);
    Bzip2Reader reader(source, roomy());
    std::vector<std::uint8_t> out(plain.size());
    auto status = reader.read(out);
    if (status) {
      status = reader.finish();
    }
    // Bits that no decoder looks at (padding, unused codes) and the level digit may change without
    // harm; plain bytes may not.
    EXPECT_TRUE(!status || out == plain) << i;
    refused += status ? 0U : 1U;
  }
  EXPECT_GT(refused, good.size() * 9 / 10);
}

}  // namespace
}  // namespace kerf
