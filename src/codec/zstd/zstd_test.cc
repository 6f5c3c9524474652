#include <gtest/gtest.h>

#include "base/test_bytes.h"
#include "codec/zstd/pack.h"
#include "codec/zstd/unpack.h"

namespace kerf {
namespace {

using Vector = std::vector<std::uint8_t>;

Vector packed(Bytes plain, int level = 19) {
  auto made = zstd_pack(plain, level);
  EXPECT_TRUE(made);
  return *std::move(made);
}

TEST(Zstd, RoundTripsAtEveryLevel) {
  ZstdUnpacker unpacker;
  for (const std::size_t size : {0U, 1U, 100U, 300'000U}) {
    const Vector plain = test::noise(size, size + 1, 20);
    for (const int level : {1, 9, 19, 22}) {
      Vector made(plain.size());
      ASSERT_TRUE(unpacker.unpack(packed(plain, level), made));
      EXPECT_EQ(made, plain);
    }
  }
}

TEST(Zstd, TakesNothingButOneWholeFrameOfTheStatedSize) {
  ZstdUnpacker unpacker;
  const Vector plain = test::noise(2000, 7, 20);
  const Vector frame = packed(plain);
  Vector made(plain.size());
  for (std::size_t size = 0; size < frame.size(); ++size) {
    EXPECT_FALSE(unpacker.unpack(Bytes(frame).first(size), made)) << size;
  }
  Vector twice = frame;
  twice.insert(twice.end(), frame.begin(), frame.end());
  Vector room(2 * plain.size());
  EXPECT_FALSE(unpacker.unpack(twice, room));
  Vector small(plain.size() - 1);
  EXPECT_FALSE(unpacker.unpack(frame, small));
  Vector large(plain.size() + 1);
  EXPECT_FALSE(unpacker.unpack(frame, large));
  // A skippable frame is none, and neither is one of zstd 0.7.
  const Vector skippable{0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0};
  EXPECT_FALSE(unpacker.unpack(skippable, {}));
  Vector early = frame;
  early[0] = 0x27;
  EXPECT_FALSE(unpacker.unpack(early, made));
  // And the unpacker is as good as new.
  ASSERT_TRUE(unpacker.unpack(frame, made));
  EXPECT_EQ(made, plain);
}

}  // namespace
}  // namespace kerf
