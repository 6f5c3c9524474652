#include "apps/common/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace kerf::apps {
namespace {

TEST(Text, GroupsDigitsByThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(std::numeric_limits<std::uint64_t>::max()), "18,446,744,073,709,551,615");
}

TEST(Text, SizesAreReadableAndExact) {
  EXPECT_EQ(full_size(0), "0 bytes");
  EXPECT_EQ(full_size(1), "1 byte");
  EXPECT_EQ(full_size(1023), "1023 bytes");
  EXPECT_EQ(full_size(1024), "1.0 KiB (1,024 bytes)");
  EXPECT_EQ(full_size(1048575), "1.0 MiB (1,048,575 bytes)");
  EXPECT_EQ(short_size(1 << 20), "1.0 MiB");
  EXPECT_EQ(short_size(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
}

TEST(Text, PercentOfNothingIsNoNumber) {
  EXPECT_EQ(percent(1, 3), "33.33 %");
  EXPECT_EQ(percent(5, 0), "-");
}

}  // namespace
}  // namespace kerf::apps
