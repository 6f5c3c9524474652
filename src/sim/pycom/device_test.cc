// The walk of the source document, in both modes.
#include "sim/pycom/device.h"

#include <gtest/gtest.h>

#include "sim/pycom/test_support.h"

namespace kerf::pycom::testing {
namespace {

using Lines = std::vector<std::string>;

struct Walk : ::testing::TestWithParam<Mode> {
  const Buffer old_image = make_image(1, {20'000, 8'000, 12'000});
  const Buffer new_image = modify_image(old_image, 2, 300, 4'000);
  const Buffer patch = make_patch(old_image, new_image);
};

TEST_P(Walk, PrintsWhatTheDocumentShows) {
  Device device = make_device(GetParam(), old_image);
  ASSERT_TRUE(runs(device, old_image));
  ASSERT_TRUE(device.diff_update_enabled());
  ASSERT_TRUE(device.download(patch, 50, {}));
  EXPECT_EQ(device.console().lines(),
            Lines{"Differential Update Image detected. Restart the device to apply the patch."});
  EXPECT_EQ(device.ota_verify(), GetParam() == Mode::kerf);
  device.console().clear();
  device.reset();
  EXPECT_EQ(device.console().lines(), (Lines{"Patching the binary...", "Patching SUCCESSFUL."}));
  EXPECT_TRUE(runs(device, new_image));
  EXPECT_EQ(device.running(), Slot::ota_0);
  device.console().clear();
  device.reset();
  EXPECT_TRUE(device.console().lines().empty());
  EXPECT_TRUE(runs(device, new_image));
}

TEST_P(Walk, GoesBackAndForthBetweenTheSlots) {
  Device device = make_device(GetParam(), old_image);
  Buffer present = old_image;
  for (std::uint64_t round = 0; round < 5; ++round) {
    const Buffer next = modify_image(present, 10 + round, 100, round % 2 == 0 ? 400 : 0);
    ASSERT_TRUE(device.download(make_patch(present, next), 512, {})) << round;
    device.reset();
    ASSERT_TRUE(runs(device, next)) << round;
    EXPECT_EQ(device.running(), round % 2 == 0 ? Slot::ota_0 : Slot::factory);
    present = next;
  }
}

TEST_P(Walk, TakesFullImages) {
  Device device = make_device(GetParam(), old_image);
  ASSERT_TRUE(device.download(new_image, 4096, {}));
  EXPECT_EQ(device.console().lines(),
            Lines{"Full Update Image detected. Restart the device to load the new firmware."});
  EXPECT_TRUE(device.ota_verify());
  device.reset();
  EXPECT_TRUE(runs(device, new_image));
  ASSERT_TRUE(device.download(old_image, 4096, {}));
  device.reset();
  EXPECT_TRUE(runs(device, old_image));
  EXPECT_EQ(device.running(), Slot::factory);
}

TEST_P(Walk, TakesBytesBehindThePatch) {
  Buffer longer = patch;
  longer.insert(longer.end(), 300, 0x5A);
  Device device = make_device(GetParam(), old_image);
  ASSERT_TRUE(device.download(longer, 1000, {}));
  device.reset();
  EXPECT_TRUE(runs(device, new_image));
}

TEST_P(Walk, TakesAPatchWithTrailer) {
  Device device = make_device(GetParam(), old_image);
  ASSERT_TRUE(device.download(with_trailer(patch, old_image, new_image), 1000, {}));
  device.reset();
  EXPECT_TRUE(runs(device, new_image));
}

TEST_P(Walk, SaysWhenTheBuildHasNoDifferentialUpdate) {
  Device device = make_device(GetParam(), old_image);
  device.config().diff_enabled = false;
  EXPECT_FALSE(device.diff_update_enabled());
  EXPECT_FALSE(device.download(patch, 50, {}));
  EXPECT_EQ(device.console().lines(),
            Lines{"Differential Update Image detected. This feature is disabled in the build. "
                  "Enable DIFF_UPDATE_ENABLED in the build to use it."});
  device.reset();
  EXPECT_TRUE(runs(device, old_image));
}

TEST(KerfUpdater, RefusesWritesWithoutAStart) {
  Device device = make_device(Mode::kerf, make_image(1, {2'000}));
  EXPECT_TRUE(device.ota_finish()) << "without a start there is nothing to finish";
  EXPECT_FALSE(device.ota_write(Buffer(10)));
}

INSTANTIATE_TEST_SUITE_P(Modes, Walk, ::testing::Values(Mode::stock, Mode::kerf),
                         [](const auto& which) {
                           return which.param == Mode::stock ? "stock" : "kerf";
                         });

}  // namespace
}  // namespace kerf::pycom::testing
