#include "codec/bzip2/codec.h"

#include <gtest/gtest.h>

#include "codec/bzip2/bzip2.h"
#include "codec/deflate/test_streams.h"
#include "codec/recover.h"

namespace kerf {
namespace {

constexpr Limits kLimits{std::uint64_t{1} << 30, std::uint64_t{1} << 24, 1};

TEST(Bzip2Codec, AnyNumberOfStreams) {
  std::vector<std::uint8_t> plain;
  MemorySink packed(std::uint64_t{1} << 24);
  for (const int level : {9, 1, 5, 5}) {
    const std::vector<std::uint8_t> part = plain_of_kind(3, level == 5 ? 0 : 150000);
    Bzip2Writer writer(packed, level);
    ASSERT_TRUE(writer.write(part));
    ASSERT_TRUE(writer.finish());
    plain.insert(plain.end(), part.begin(), part.end());

    auto recovery = recover(CodecId::bzip2, MemorySource(packed.view()), MemorySource(plain), {});
    ASSERT_TRUE(recovery) << recovery.error().text();
    ASSERT_TRUE(recovery->exact);
    MemorySink out(packed.view().size());
    auto encoder = bzip2_codec().encoder(recovery->exact->params, out, kLimits);
    ASSERT_TRUE(encoder) << encoder.error().text();
    ASSERT_TRUE((*encoder)->write(plain));
    ASSERT_TRUE((*encoder)->finish());
    EXPECT_TRUE(std::equal(out.view().begin(), out.view().end(), packed.view().begin(),
                           packed.view().end()));
    for (std::size_t length = 0; length < recovery->exact->params.size(); ++length) {
      EXPECT_FALSE(
          bzip2_codec().encoder(Bytes(recovery->exact->params).first(length), out, kLimits));
    }
  }
}

TEST(Bzip2Codec, BlocksThatFollowTheDataAreNotExact) {
  const std::vector<std::uint8_t> plain = plain_of_kind(1, 50000);
  MemorySink packed(std::uint64_t{1} << 24);
  Bzip2Writer writer(packed, 9);
  ASSERT_TRUE(writer.write(Bytes(plain).first(20000)));
  ASSERT_TRUE(writer.end_block());
  ASSERT_TRUE(writer.write(Bytes(plain).subspan(20000)));
  ASSERT_TRUE(writer.finish());
  auto recovery = recover(CodecId::bzip2, MemorySource(packed.view()), MemorySource(plain), {});
  ASSERT_TRUE(recovery) << recovery.error().text();
  EXPECT_FALSE(recovery->exact);
}

TEST(Bzip2Codec, RefusesPrefixesAndHonoursLimits) {
  const std::vector<std::uint8_t> plain = plain_of_kind(1, 3000);
  MemorySink packed(std::uint64_t{1} << 24);
  Bzip2Writer writer(packed, 1);
  ASSERT_TRUE(writer.write(plain));
  ASSERT_TRUE(writer.finish());
  CountingSink out(nullptr);
  for (std::size_t length = 0; length < packed.view().size(); ++length) {
    auto decoded = bzip2_codec().decode(MemorySource(packed.view().first(length)), out, kLimits);
    ASSERT_FALSE(decoded);
  }
  auto decoded = bzip2_codec().decode(MemorySource(packed.view()), out, {2999, kLimits.memory, 1});
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code(), Code::limit);
  auto starved = bzip2_codec().decode(MemorySource(packed.view()), out, {3000, 100000, 1});
  ASSERT_FALSE(starved);
  EXPECT_EQ(starved.error().code(), Code::limit);
}

}  // namespace
}  // namespace kerf
