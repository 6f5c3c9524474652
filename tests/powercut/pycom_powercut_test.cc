// Power cuts at every flash operation of an update. Our updater must never leave a board without an
// image to start and must always get the update done; the fielded one is shown to do neither.
#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <set>
#include <string>

#include "sim/pycom/device.h"
#include "sim/pycom/test_support.h"

namespace kerf::pycom::testing {
namespace {

const Buffer& old_image() {
  static const Buffer image = make_image(1, {20'000, 8'000, 12'000});
  return image;
}
const Buffer& new_image() {
  static const Buffer image = modify_image(old_image(), 2, 300, 4'000);
  return image;
}
// What the other slot held before: an older, longer firmware.
const Buffer& older_image() {
  static const Buffer image = modify_image(old_image(), 3, 500, 16'000);
  return image;
}
const Buffer& patch() {
  static const Buffer bytes = make_patch(old_image(), new_image());
  return bytes;
}

struct Scenario {
  std::string name;
  std::function<Device(Mode)> board;  // runs old_image()
  const Buffer& file;                 // is downloaded, and brings new_image()
};

Device on_factory(Mode mode) {
  Device device = make_device(mode, old_image());
  (void)device.install(Slot::ota_0, older_image()).has_value();
  return device;
}
Device on_ota_0(Mode mode) {
  return make_device_on_ota_0(mode, old_image(), older_image());
}
Device on_ota_0_alone(Mode mode) {
  return make_device_on_ota_0(mode, old_image(), Buffer(30'000, 0x42));
}
Device on_factory_encrypted(Mode mode) {
  Hardware hardware;
  hardware.encrypted = true;
  return make_device(mode, old_image(), hardware);
}

std::vector<Scenario> scenarios() {
  static const Buffer trailed = with_trailer(patch(), old_image(), new_image());
  return {{"patch into ota_0", on_factory, patch()},
          {"patch into factory", on_ota_0, patch()},
          {"patch into factory without an image", on_ota_0_alone, patch()},
          {"patch with trailer", on_factory, trailed},
          {"patch with flash encryption", on_factory_encrypted, patch()},
          {"full image into ota_0", on_factory, new_image()},
          {"full image into factory", on_ota_0, new_image()}};
}

void update(Device& device, const Buffer& file) {
  if (device.download(file, 1024, {}) && device.life() == Life::running) {
    device.reset();
  }
}

std::uint64_t count_operations(const Scenario& scenario, Mode mode) {
  Device device = scenario.board(mode);
  const std::uint64_t before = device.flash().operations();
  update(device, scenario.file);
  EXPECT_TRUE(runs(device, new_image())) << scenario.name;
  return device.flash().operations() - before;
}

::testing::AssertionResult starts_something(const Device& device) {
  if (runs(device, old_image()) || runs(device, new_image())) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << "the board is left with: " << life_name(device.life());
}

// After a cut: the board starts at once, and the update gets done.
void expect_recovery(Device device, const Buffer& file) {
  device.flash().cancel_cut();
  device.reset();
  ASSERT_TRUE(starts_something(device));
  if (runs(device, old_image())) {
    update(device, file);
  }
  ASSERT_TRUE(runs(device, new_image())) << "the retry did not complete";
  device.reset();
  ASSERT_TRUE(runs(device, new_image()));
  Buffer settings(16);
  ASSERT_TRUE(device.flash().read(device.machine().layout().config, settings));
  ASSERT_EQ(to_hex(settings), to_hex(as_bytes("pycom settings01"))) << "nothing else was touched";
  // The board is as good as before: the next update works, too.
  static const Buffer next = modify_image(new_image(), 9, 50, 0);
  static const Buffer next_patch = make_patch(new_image(), next);
  update(device, next_patch);
  ASSERT_TRUE(runs(device, next)) << "the update after the next";
}

TEST(PycomPowerCut, OurUpdaterSurvivesACutAtEveryOperation) {
  std::uint64_t operations = 0;
  std::uint64_t cuts = 0;
  for (const Scenario& scenario : scenarios()) {
    const Device board = scenario.board(Mode::kerf);
    const std::uint64_t count = count_operations(scenario, Mode::kerf);
    operations += count;
    for (std::uint64_t at = 0; at < count; ++at) {
      for (const std::uint64_t seed : {0U, 11U}) {
        SCOPED_TRACE(scenario.name + ", cut during operation " + std::to_string(at) + " of " +
                     std::to_string(count) + ", seed " + std::to_string(seed));
        Device device = board;
        device.flash().cut_after(at, seed);
        update(device, scenario.file);
        ASSERT_EQ(device.life(), Life::off);
        ++cuts;
        ASSERT_NO_FATAL_FAILURE(expect_recovery(device, scenario.file));
      }
    }
  }
  std::cout << operations << " flash operations in " << scenarios().size() << " updates, " << cuts
            << " cuts\n";
}

TEST(PycomPowerCut, OurUpdaterSurvivesTwoCutsInARow) {
  std::uint64_t state = 1;
  const auto next = [&state](std::uint64_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33) % below;
  };
  std::uint64_t pairs = 0;
  for (const Scenario& scenario : scenarios()) {
    const Device board = scenario.board(Mode::kerf);
    const std::uint64_t count = count_operations(scenario, Mode::kerf);
    for (int sample = 0; sample < 200; ++sample) {
      const std::uint64_t first = next(count);
      const std::uint64_t second = next(count);
      SCOPED_TRACE(scenario.name + ", cuts during operation " + std::to_string(first) +
                   " and then " + std::to_string(second));
      Device device = board;
      device.flash().cut_after(first, next(1000));
      update(device, scenario.file);
      ASSERT_EQ(device.life(), Life::off);
      device.flash().cut_after(second, next(1000));
      device.reset();
      if (device.life() != Life::off) {
        ASSERT_TRUE(starts_something(device));
        if (runs(device, old_image())) {
          update(device, scenario.file);
        }
      }
      ++pairs;
      ASSERT_NO_FATAL_FAILURE(expect_recovery(device, scenario.file));
    }
  }
  std::cout << pairs << " pairs of cuts\n";
}

// The end of an update is where both bootloader and updater write boot_info: all pairs there.
TEST(PycomPowerCut, OurUpdaterSurvivesEveryPairOfCutsAtTheSwitch) {
  std::uint64_t pairs = 0;
  for (const Scenario& scenario : scenarios()) {
    const Device board = scenario.board(Mode::kerf);
    const std::uint64_t count = count_operations(scenario, Mode::kerf);
    constexpr std::uint64_t last = 10;
    for (std::uint64_t first = count - last; first < count; ++first) {
      for (std::uint64_t second = 0; second < last; ++second) {
        SCOPED_TRACE(scenario.name + ", cuts during operation " + std::to_string(first) +
                     " and then " + std::to_string(second));
        Device device = board;
        device.flash().cut_after(first, 21);
        update(device, scenario.file);
        device.flash().cut_after(second, 22);
        device.reset();
        ++pairs;
        if (device.life() != Life::off) {
          ASSERT_TRUE(starts_something(device));
        }
        ASSERT_NO_FATAL_FAILURE(expect_recovery(device, scenario.file));
      }
    }
  }
  std::cout << pairs << " pairs of cuts\n";
}

// What a sweep over the fielded updater meets.
struct Found {
  unsigned cuts = 0;
  unsigned bricks = 0;           // nothing starts any more
  unsigned patch_destroyed = 0;  // "Invalid header": the patch must be downloaded again
  unsigned image_ignored = 0;    // likewise, although the complete new image is in the slot
};

Found sweep_stock(const Scenario& scenario, Slot target) {
  Found found;
  const Device board = scenario.board(Mode::stock);
  const std::uint64_t count = count_operations(scenario, Mode::stock);
  for (std::uint64_t cut = 0; cut < 2 * count; ++cut) {
    Device device = board;
    device.flash().cut_after(cut / 2, cut % 2 == 0 ? 0 : 31);
    update(device, scenario.file);
    EXPECT_EQ(device.life(), Life::off) << "cut during operation " << cut / 2;
    ++found.cuts;
    device.console().clear();
    device.reset();
    found.bricks += device.life() == Life::no_image || device.life() == Life::boot_loop ? 1U : 0U;
    if (device.console().has("Invalid header")) {
      EXPECT_TRUE(
          device.console().has("Patching FAILED. We will continue with the current firmware."));
      ++found.patch_destroyed;
      found.image_ignored += holds(device, target, new_image()) ? 1U : 0U;
    }
  }
  std::cout << scenario.name << ": " << found.cuts << " cuts, " << found.bricks << " bricks, "
            << found.patch_destroyed << " patches destroyed, " << found.image_ignored
            << " complete images ignored\n";
  return found;
}

TEST(PycomPowerCut, TheFieldedUpdaterLosesThePatch) {
  const Found found = sweep_stock({"patch into ota_0", on_factory, patch()}, Slot::ota_0);
  EXPECT_GT(found.patch_destroyed, 50U);
  EXPECT_GT(found.image_ignored, 0U);
  EXPECT_EQ(found.bricks, 0U) << "the factory slot is intact, and a lost boot_info leads to it";
}

TEST(PycomPowerCut, TheFieldedUpdaterBricksTheBoard) {
  const Found found = sweep_stock({"patch into factory", on_ota_0, patch()}, Slot::factory);
  EXPECT_GT(found.patch_destroyed, 50U);
  EXPECT_GT(found.image_ignored, 0U);
  EXPECT_GT(found.bricks, 0U) << "boot_info lost while factory holds a patch";
}

}  // namespace
}  // namespace kerf::pycom::testing
