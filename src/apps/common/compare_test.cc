#include "apps/common/compare.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kerf::apps {
namespace {

std::vector<std::uint8_t> pattern(std::size_t length) {
  std::vector<std::uint8_t> bytes(length);
  for (std::size_t i = 0; i < length; ++i) {
    bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  }
  return bytes;
}

TEST(ComparingSink, AcceptsEqualBytesInAnyChunks) {
  const auto bytes = pattern(200000);
  const MemorySource expected(bytes);
  for (const std::size_t chunk : {std::size_t{1000}, std::size_t{65536}, bytes.size()}) {
    ComparingSink sink(expected, "new");
    for (std::size_t at = 0; at < bytes.size(); at += chunk) {
      ASSERT_TRUE(sink.write(Bytes(bytes).subspan(at, std::min(chunk, bytes.size() - at))));
    }
    EXPECT_TRUE(sink.finish());
    EXPECT_EQ(sink.size(), bytes.size());
  }
}

TEST(ComparingSink, NamesTheFirstByteThatDiffers) {
  const auto bytes = pattern(200000);
  auto other = bytes;
  other[131072] ^= 1;
  other[150000] ^= 1;
  const MemorySource expected(other);
  ComparingSink sink(expected, "new");
  const Status status = sink.write(bytes);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::mismatch);
  EXPECT_EQ(status.error().offset(), 131072u);
}

TEST(ComparingSink, NoticesDifferentLengths) {
  const auto bytes = pattern(10);
  const MemorySource expected(bytes);
  ComparingSink longer(expected, "new");
  ASSERT_TRUE(longer.write(bytes));
  const Status status = longer.write(Bytes(bytes).first(1));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().offset(), 10u);

  ComparingSink shorter(expected, "new");
  ASSERT_TRUE(shorter.write(Bytes(bytes).first(9)));
  const Status short_status = shorter.finish();
  ASSERT_FALSE(short_status);
  EXPECT_EQ(short_status.error().offset(), 9u);
}

}  // namespace
}  // namespace kerf::apps
