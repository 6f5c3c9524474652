#include "codec/bzip2/pack.h"

#include <gtest/gtest.h>

#include "base/test_bytes.h"
#include "codec/bzip2/bzip2.h"
#include "codec/bzip2/join.h"

namespace kerf {
namespace {

std::vector<std::uint8_t> stock(Bytes plain) {
  MemorySink sink(plain.size() * 2 + 4096);
  Bzip2Writer writer(sink, 9);
  EXPECT_TRUE(writer.write(plain));
  EXPECT_TRUE(writer.finish());
  return std::move(sink).take();
}

// Decodes with libbz2 alone, whose checksums of blocks and stream must hold.
std::vector<std::uint8_t> unpack(Bytes packed, std::size_t length) {
  const MemorySource source(packed);
  Bzip2Reader::Options options;
  options.memory = 8 << 20;
  Bzip2Reader reader(source, options);
  std::vector<std::uint8_t> plain(length);
  const auto read = reader.read(plain);
  EXPECT_TRUE(read) << read.error().text();
  EXPECT_TRUE(reader.finish());
  EXPECT_EQ(reader.consumed(), packed.size());
  return plain;
}

// Three kinds of content one after the other: what blocks that follow the data are good for.
std::vector<std::uint8_t> patchwork(std::size_t part) {
  auto plain = test::noise(part, 1, 4);
  const auto wide = test::noise(part, 2, 250);
  plain.insert(plain.end(), wide.begin(), wide.end());
  plain.resize(plain.size() + part);
  return plain;
}

TEST(Bzip2Pack, RoundTripsAllSizes) {
  for (const std::size_t size : {0U, 1U, 3U, 65'536U, 65'537U, 200'000U, 900'001U, 2'500'000U}) {
    const auto plain = test::noise(size, size, 6);
    const auto packed = bzip2_pack(plain, {});
    ASSERT_TRUE(packed) << packed.error().text();
    EXPECT_EQ(unpack(*packed, plain.size()), plain) << size;
  }
}

TEST(Bzip2Pack, IsNeverMuchLargerThanStock) {
  const auto mixed = patchwork(200'000);
  EXPECT_LE(bzip2_pack(mixed, {})->size(), stock(mixed).size());
  const auto even = test::noise(400'000, 9, 12);
  EXPECT_LT(bzip2_pack(even, {})->size(), stock(even).size() * 101 / 100);
}

TEST(Bzip2Pack, KeepsTheLevelAsLowAsTheBlocksAllow) {
  EXPECT_EQ((*bzip2_pack({}, {}))[3], '1');
  EXPECT_EQ((*bzip2_pack(test::noise(50'000, 3, 9), {}))[3], '1');
  // Zeros shrink by run-length coding before they count.
  EXPECT_EQ((*bzip2_pack(std::vector<std::uint8_t>(1'900'000), {}))[3], '1');
  Bzip2PackOptions options;
  options.max_level = 2;
  const auto plain = test::noise(1'000'000, 4, 40);
  const auto packed = bzip2_pack(plain, options);
  ASSERT_TRUE(packed);
  EXPECT_LE((*packed)[3], '2');
  EXPECT_EQ(unpack(*packed, plain.size()), plain);
}

TEST(Bzip2Pack, DoesNotDependOnThreads) {
  const auto plain = patchwork(1'500'000);  // threads share the work from 4 MiB on
  Bzip2PackOptions two;
  two.threads = 2;
  EXPECT_EQ(*bzip2_pack(plain, {}), *bzip2_pack(plain, two));
}

TEST(Bzip2Joiner, GivesTheStockStreamForOneBlock) {
  const auto packed = stock(test::noise(10'000, 5, 30));
  Bzip2Joiner joiner(9);
  ASSERT_TRUE(joiner.append(packed));
  EXPECT_EQ(std::move(joiner).finish(), packed);
}

TEST(Bzip2Joiner, RefusesWhatItCannotJoin) {
  Bzip2Joiner joiner(9);
  const auto two_blocks = stock(test::noise(1'500'000, 6, 200));
  EXPECT_FALSE(joiner.append(two_blocks));
  EXPECT_FALSE(joiner.append(as_bytes("BZh9 but no more")));
}

}  // namespace
}  // namespace kerf
