#include "apps/common/progress.h"

#include <gtest/gtest.h>

namespace kerf::apps {
namespace {

TEST(ProgressLine, ShowsBarRateAndTimeLeft) {
  EXPECT_EQ(progress_line("apply", 512 << 10, 1 << 20, 2.0, 100),
            "apply      [############------------]  50 % 256.0 KiB/s ETA 0:02");
  EXPECT_EQ(progress_line("apply", 1 << 20, 1 << 20, 2.0, 100),
            "apply      [########################] 100 % 512.0 KiB/s");
}

TEST(ProgressLine, UnknownTotalShowsBytesOnly) {
  EXPECT_EQ(progress_line("read", 2048, 0, 0.0, 100), "read       2.0 KiB");
}

TEST(ProgressLine, NeverWiderThanTheTerminal) {
  for (const std::size_t columns : {0u, 1u, 2u, 20u, 40u}) {
    const std::string line = progress_line("suffix array", 1, 1ull << 40, 1.0, columns);
    EXPECT_LE(line.size(), columns > 0 ? columns - 1 : 0);
  }
}

TEST(ProgressLine, DoneBeyondTotalStaysAtTheEnd) {
  EXPECT_NE(progress_line("apply", 9, 3, 1.0, 100).find("100 %"), std::string::npos);
}

TEST(ProgressLine, HugeTimesStayShort) {
  EXPECT_NE(progress_line("apply", 1, 1ull << 60, 1000.0, 100).find("ETA 99:59:59"),
            std::string::npos);
}

}  // namespace
}  // namespace kerf::apps
