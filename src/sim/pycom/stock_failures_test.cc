// Each way in which the fielded updater fails, and that ours does not.
#include <gtest/gtest.h>

#include <numeric>
#include <string>

#include "sim/pycom/patch_need.h"
#include "sim/pycom/psram.h"
#include "sim/pycom/test_support.h"

namespace kerf::pycom::testing {
namespace {

constexpr const char* failed = "Patching FAILED. We will continue with the current firmware.";
constexpr const char* successful = "Patching SUCCESSFUL.";

struct Failures : ::testing::Test {
  const Buffer old_image = make_image(1, {20'000, 8'000, 12'000});
  const Buffer new_image = modify_image(old_image, 2, 300, 4'000);
  const Buffer patch = make_patch(old_image, new_image);

  // Downloads and restarts; the console then holds what was printed after the restart.
  static void update(Device& device, const Buffer& file) {
    ASSERT_TRUE(device.download(file, 1024, {}));
    device.console().clear();
    device.reset();
  }
  static std::string console(const Device& device) {
    std::string text;
    for (const std::string& line : device.machine().console.lines()) {
      text += line + "\n";
    }
    return text;
  }
  // The kerf updater refuses `file` at the download or at the restart, and nothing is lost.
  void expect_refused(const Buffer& file, std::string_view reason, const Hardware& hardware = {}) {
    Device device = make_device(Mode::kerf, old_image, hardware);
    (void)device.install(Slot::ota_0, Buffer(300, 0x77)).has_value();  // the image area
    if (device.download(file, 1024, {})) {
      device.reset();
    }
    EXPECT_NE(console(device).find(reason), std::string::npos) << console(device);
    EXPECT_TRUE(runs(device, old_image));
    EXPECT_TRUE(holds(device, Slot::ota_0, Buffer(300, 0x77))) << "erased before it was sure";
    device.console().clear();
    device.reset();
    EXPECT_EQ(console(device), "") << "the refused patch is tried again";
    ASSERT_TRUE(device.download(new_image, 4096, {}));
    device.reset();
    EXPECT_TRUE(runs(device, new_image));
  }
};

TEST_F(Failures, NoPsram) {
  Hardware hardware;
  hardware.psram = 0;
  Device device = make_device(Mode::stock, old_image, hardware);
  update(device, patch);
  EXPECT_EQ(console(device), "Patching the binary...\nFailed to allocate " +
                                 std::to_string(patch.size()) + " bytes for the Patch File\n" +
                                 failed + "\n");
  EXPECT_TRUE(runs(device, old_image));
  expect_refused(patch, "bytes of PSRAM, the board has 0", hardware);
}

TEST_F(Failures, FourMegabyteBoardsHaveNoPsramAsSold) {
  EXPECT_EQ(layout_of(Board::flash_4mb).psram_size, 0U);
  EXPECT_EQ(layout_of(Board::flash_8mb).psram_size, 4U << 20);
}

TEST_F(Failures, LevelTooHighForALaterStream) {
  PatchParts parts = describe_patch(old_image, new_image);
  parts.levels = {9, 9, 9};  // as bsdiff writes
  const Buffer high = make_patch(parts);
  Device device = make_device(Mode::stock, old_image);
  (void)device.install(Slot::ota_0, Buffer(300, 0x77)).has_value();
  update(device, high);
  EXPECT_NE(console(device).find("Decomp...ERR: -3\nPATCHING: Unable to decompress required bytes. "
                                 "ret: -3, ctrl[0]: 0, diff_len: "),
            std::string::npos)
      << console(device);
  EXPECT_TRUE(device.console().has(failed));
  EXPECT_TRUE(holds(device, Slot::ota_0, Buffer(4096, 0xFF))) << "erased, and nothing written";
  EXPECT_TRUE(runs(device, old_image));
  // libbz2 asks for 1,800,000 bytes, is refused, and still takes the 450,000 beside them.
  EXPECT_EQ(device.machine().psram_peak,
            high.size() + fielded_buffer + 3 * fielded_stream + 2'250'000 + 450'000);
  expect_refused(high, "bytes of PSRAM, the board has 4194304");

  parts.levels = {4, 4, 4};
  const Buffer fits = make_patch(parts);
  Device second = make_device(Mode::stock, old_image);
  update(second, fits);
  EXPECT_TRUE(runs(second, new_image));
  EXPECT_EQ(second.machine().psram_peak, fielded_psram_need(fits.size(), 12));
  const auto need = examine_need(MemorySource(fits));
  ASSERT_TRUE(need);
  EXPECT_EQ(need->psram, second.machine().psram_peak);
}

TEST_F(Failures, WrongSourceIsReportedAsSuccess) {
  const Buffer other = modify_image(old_image, 77, 400, 0);
  Device device = make_device(Mode::stock, other);
  update(device, patch);
  EXPECT_EQ(console(device),
            "Patching the binary...\nPatching SUCCESSFUL.\n"
            "Cannot load Firmware img in the active partition! .. Defaulting back to previous "
            "partition\n");
  EXPECT_TRUE(runs(device, other));

  for (const Buffer& file : {patch, with_trailer(patch, old_image, new_image)}) {
    Device ours = make_device(Mode::kerf, other);
    (void)ours.install(Slot::ota_0, Buffer(300, 0x77)).has_value();
    if (ours.download(file, 1024, {})) {
      ours.reset();
    }
    EXPECT_FALSE(ours.console().has(successful));
    EXPECT_TRUE(holds(ours, Slot::ota_0, Buffer(300, 0x77)));
    EXPECT_TRUE(runs(ours, other));
  }
}

TEST_F(Failures, TargetAboveTheEraseAheadLimitWipesTheNextSector) {
  for (const Board board : {Board::flash_8mb, Board::flash_4mb}) {
    const Layout& layout = layout_of(board);
    EXPECT_EQ(layout.largest_target(), board == Board::flash_8mb ? 2'023'423U : 1'757'183U);
    Hardware hardware;
    hardware.board = board;
    // Into ota_0: the sector behind it. On 8 MB boards that is the configuration.
    const auto behind = layout.ota_0 + layout.slot_size;
    const Buffer mark(16, 0x42);
    for (const std::uint32_t more : {0U, 1U}) {
      Device device = make_device(Mode::stock, old_image, hardware);
      device.flash().install(behind, mark);
      ASSERT_TRUE(device.download(Buffer(layout.largest_target() + more, 0x11), 4096, {}));
      Buffer present(mark.size());
      ASSERT_TRUE(device.flash().read(behind, present));
      EXPECT_EQ(present == mark, more == 0) << layout.name << " " << more;
    }
    // Into factory: boot_info.
    Device device = make_device_on_ota_0(Mode::stock, old_image, old_image, hardware);
    ASSERT_TRUE(device.ota_start());
    const Buffer part(4096, 0x11);
    for (std::uint32_t done = 0; done <= layout.largest_target(); done += 4096) {
      ASSERT_TRUE(device.ota_write(part));
    }
    BootInfo info;
    ASSERT_TRUE(device.machine().read_boot_info(info));
    EXPECT_FALSE(info.valid()) << "otadata was wiped";
  }
  EXPECT_EQ(layout_of(Board::flash_8mb).config,
            layout_of(Board::flash_8mb).ota_0 + layout_of(Board::flash_8mb).slot_size);
}

TEST_F(Failures, TargetAboveTheSlotOverwritesTheRunningImage) {
  Device device = make_device_on_ota_0(Mode::stock, old_image, old_image);
  const Buffer huge(0x210000 - 0x10000 + 8192, 0x11);
  (void)device.download(huge, 4096, {});
  EXPECT_FALSE(holds(device, Slot::ota_0, old_image)) << "the running firmware is gone";
  device.reset();
  EXPECT_EQ(device.life(), Life::no_image);

  Device ours = make_device_on_ota_0(Mode::kerf, old_image, old_image);
  EXPECT_FALSE(ours.download(huge, 4096, {}));
  EXPECT_TRUE(holds(ours, Slot::ota_0, old_image));
  ours.reset();
  EXPECT_TRUE(runs(ours, old_image));
}

TEST_F(Failures, ImageTooLargeForTheSlotIsRefusedByOurs) {
  PatchParts parts = describe_patch(old_image, new_image);
  parts.new_size = 2'027'520;
  expect_refused(make_patch(parts), "1 to 2023424 fit");
  parts.new_size = (std::int64_t{1} << 32) + 1000;  // 1000 for the fielded code
  expect_refused(make_patch(parts), "1 to 2023424 fit");
  parts.new_size = -5;
  expect_refused(make_patch(parts), "1 to 2023424 fit");
  parts.new_size = 2'023'000;
  expect_refused(make_patch(parts), "download the full image instead");
}

TEST_F(Failures, UncheckedAllocationOfTheHandleIsABootLoop) {
  Hardware hardware;
  hardware.psram = static_cast<std::uint32_t>(patch.size()) + 20;
  Device device = make_device(Mode::stock, old_image, hardware);
  update(device, patch);
  EXPECT_EQ(device.life(), Life::boot_loop);
  device.reset();
  EXPECT_EQ(device.life(), Life::boot_loop) << "Status is still PATCH";
  expect_refused(patch, "bytes of PSRAM", hardware);
}

TEST_F(Failures, OtherAllocationsAreChecked) {
  const auto size = static_cast<std::uint32_t>(patch.size());
  struct Row {
    std::uint32_t psram;
    const char* line;
  };
  for (const Row& row :
       {Row{size + 48, "Init failed...\nFailed to init stream for CTRL block. Error code: -3\n"},
        Row{size + 64'164 + 48,
            "Init failed...\nFailed to init stream for DIFF block. Error code: -3\n"},
        Row{size + 2 * 64'164 + 48,
            "Init failed...\nFailed to init stream for EXTRA block. Error code: -3\n"},
        Row{size + 3 * 64'164, "Failed to allocate the buffer memory of size 102400\n"},
        Row{size + 3 * 64'164 + 102'400,
            "Decomp...ERR: -3\nPATCHING: Unable to decompress required bytes. ret: -3, ctrl_len: "
            "8, i: 0\n"}}) {
    Hardware hardware;
    hardware.psram = row.psram;
    Device device = make_device(Mode::stock, old_image, hardware);
    update(device, patch);
    EXPECT_EQ(console(device), std::string("Patching the binary...\n") + row.line + failed + "\n");
    EXPECT_TRUE(runs(device, old_image));
  }
}

TEST_F(Failures, FlashEncryptionMakesPatchesUseless) {
  Hardware hardware;
  hardware.encrypted = true;
  Device device = make_device(Mode::stock, old_image, hardware);
  ASSERT_TRUE(runs(device, old_image));
  update(device, patch);
  EXPECT_TRUE(device.console().has(successful)) << "it believes so";
  EXPECT_TRUE(runs(device, old_image)) << "the bootloader does not";

  Device ours = make_device(Mode::kerf, old_image, hardware);
  update(ours, patch);
  EXPECT_TRUE(runs(ours, new_image)) << "ours reads and writes through the cipher";
}

TEST_F(Failures, TruncatedDownloadFailsAfterErasing) {
  for (const std::size_t missing : {std::size_t{500}, patch.size() / 2}) {
    const Buffer part(patch.begin(), patch.end() - static_cast<std::ptrdiff_t>(missing));
    Device device = make_device(Mode::stock, old_image);
    update(device, part);
    EXPECT_TRUE(device.console().has(failed)) << console(device);
    EXPECT_FALSE(holds(device, Slot::ota_0, Buffer(part.begin(), part.begin() + 32)));
    EXPECT_TRUE(runs(device, old_image));
  }
  // Only the end mark of the last stream is missing: the fielded code never looks at it.
  const Buffer nearly(patch.begin(), patch.end() - 10);
  Device device = make_device(Mode::stock, old_image);
  update(device, nearly);
  EXPECT_TRUE(runs(device, new_image));
  expect_refused(Buffer(patch.begin(), patch.end() - 10), "ends");
  expect_refused(Buffer(patch.begin(), patch.begin() + 500), "have arrived");
  expect_refused(Buffer(patch.begin(), patch.begin() + 20), "less than any patch or image");
}

TEST_F(Failures, DroppedTransportIsFinishedAllTheSame) {
  Device device = make_device(Mode::stock, old_image);
  EXPECT_TRUE(device.download(patch, 1024, 700)) << "a partial patch is flagged PATCH";
  BootInfo info;
  ASSERT_TRUE(device.machine().read_boot_info(info));
  EXPECT_TRUE(info.is(ImageStatus::patch));
  EXPECT_EQ(info.size, 700U);
  device.reset();
  EXPECT_TRUE(device.console().has(failed));
  EXPECT_TRUE(runs(device, old_image));
}

TEST_F(Failures, DeltaWhileAnImageAwaitsItsFirstBootIsABrokenImage) {
  Device device = make_device(Mode::stock, old_image);
  ASSERT_TRUE(device.download(new_image, 4096, {}));
  device.console().clear();
  ASSERT_TRUE(device.download(patch, 1024, {}));
  EXPECT_EQ(console(device), "") << "nothing is saved, nothing said";
  device.reset();
  EXPECT_FALSE(device.console().has("Patching the binary..."));
  EXPECT_TRUE(device.console().has(
      "Cannot load Firmware img in the active partition! .. Defaulting back to previous "
      "partition"));
  EXPECT_TRUE(runs(device, old_image));

  Device ours = make_device(Mode::kerf, old_image);
  ASSERT_TRUE(ours.download(new_image, 4096, {}));
  update(ours, patch);
  EXPECT_TRUE(runs(ours, new_image));
}

TEST_F(Failures, CorruptControlsHaveTheirMessages) {
  struct Row {
    bsdiff::Control control;
    std::string line;
  };
  const std::string size = std::to_string(new_image.size());
  for (const Row& row :
       {Row{{999'999, 0, 0},
            "PATCHING: Corrupt Patch. Violated newsize: " + size + ", ctrl[0]: 999999"},
        Row{{-3, 0, 0}, "PATCHING: Corrupt Patch. Violated newsize: " + size + ", ctrl[0]: -3"},
        Row{{0, 999'999, 0},
            "PATCHING: Corrupt patch, ctrl[1]: 999999 violated newsize: " + size}}) {
    PatchParts parts = describe_patch(old_image, new_image);
    parts.controls.front() = row.control;
    Device device = make_device(Mode::stock, old_image);
    update(device, make_patch(parts));
    EXPECT_NE(console(device).find(row.line), std::string::npos) << console(device);
    EXPECT_TRUE(runs(device, old_image));
    expect_refused(make_patch(parts), "Update refused: ");
  }
}

TEST_F(Failures, OldBytesOutsideTheChipCannotBeRead) {
  PatchParts parts = describe_patch(old_image, new_image);
  parts.controls.front() = {0, 0, 0x7F000000};
  Device device = make_device(Mode::stock, old_image);
  update(device, make_patch(parts));
  EXPECT_NE(
      console(device).find("Error while reading old bin block. old_bin_offset: 65536, oldpos: "
                           "2130706432, bytes_to_read: 512"),
      std::string::npos)
      << console(device);
}

TEST_F(Failures, SectionsBeyondThePatchAreRead) {
  Buffer wrong = patch;
  bsdiff::encode_offset(&wrong[8], 3'000'000);  // the device does not compare
  Device device = make_device(Mode::stock, old_image);
  update(device, wrong);
  EXPECT_TRUE(device.console().has("Decomp...ERR: -5")) << console(device);
  EXPECT_TRUE(runs(device, old_image));
  expect_refused(wrong, "do not fit");
}

TEST_F(Failures, SectionsBeyondThePsramCrash) {
  Buffer wrong = patch;
  bsdiff::encode_offset(&wrong[8], 0x7000'0000);
  Device device = make_device(Mode::stock, old_image);
  update(device, wrong);
  // The crash comes with the first read, after the patch has been erased: the next start is the
  // last.
  EXPECT_EQ(console(device), "Patching the binary...\nPatching the binary...\nInvalid header\n" +
                                 std::string(failed) + "\n");
  EXPECT_TRUE(runs(device, old_image));
  expect_refused(wrong, "do not fit");
}

TEST_F(Failures, UpdateTwoIsTakenForOta0BeforeTheRestart) {
  Device device = make_device_on_ota_0(Mode::stock, old_image, old_image);
  ASSERT_TRUE(device.download(new_image, 4096, {}));
  ASSERT_TRUE(device.ota_start());
  EXPECT_TRUE(holds(device, Slot::ota_0, Buffer(8192, 0xFF))) << "the running firmware is erased";

  Device ours = make_device_on_ota_0(Mode::kerf, old_image, old_image);
  ASSERT_TRUE(ours.download(new_image, 4096, {}));
  ASSERT_TRUE(ours.ota_start());
  EXPECT_TRUE(runs(ours, old_image));
}

TEST_F(Failures, IntegersLoseTheirUpperBytes) {
  std::array<std::uint8_t, 8> bytes{5, 0, 0, 0, 9, 9, 9, 0};
  EXPECT_EQ(fielded_integer(bytes.data()), 5);
  bytes[7] = 0x80;
  EXPECT_EQ(fielded_integer(bytes.data()), -5);
}

TEST_F(Failures, SignaturesAreAskedForBeforeTheImageIsErased) {
  DeviceConfig config;
  config.mode = Mode::kerf;
  config.signature_check = [](const bsdiff::Trailer&) -> Status {
    return Error(Code::denied, "the signature is not valid");
  };
  for (const bool is_signed : {false, true}) {
    Device device(config);
    ASSERT_TRUE(device.install(Slot::factory, old_image));
    ASSERT_TRUE(device.install(Slot::ota_0, Buffer(300, 0x77)));
    device.reset();
    Buffer file = patch;
    if (is_signed) {
      bsdiff::Trailer trailer;
      trailer.body = {patch.size(), sha256(patch)};
      trailer.old_id = {old_image.size(), sha256(old_image)};
      trailer.new_id = {new_image.size(), sha256(new_image)};
      trailer.signature.emplace();
      const Buffer encoded = bsdiff::encode_trailer(trailer);
      file.insert(file.end(), encoded.begin(), encoded.end());
    }
    EXPECT_FALSE(device.download(file, 1024, {}));
    EXPECT_NE(console(device).find(is_signed ? "the signature is not valid" : "is not signed"),
              std::string::npos)
        << console(device);
    device.reset();
    EXPECT_TRUE(runs(device, old_image));
    EXPECT_TRUE(holds(device, Slot::ota_0, Buffer(300, 0x77)));
  }
}

}  // namespace
}  // namespace kerf::pycom::testing
