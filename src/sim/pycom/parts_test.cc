// ESP images, flash, boot_info, the journal.
#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "sim/pycom/boot_info.h"
#include "sim/pycom/esp_image.h"
#include "sim/pycom/flash.h"
#include "sim/pycom/kerf_journal.h"
#include "sim/pycom/psram.h"
#include "sim/pycom/test_support.h"

namespace kerf::pycom::testing {
namespace {

TEST(EspImage, FindsSegmentsChecksumAndHash) {
  const Buffer bytes = make_image(5, {100, 0, 64});
  const auto image = verify_esp_image(MemorySource(bytes));
  ASSERT_TRUE(image) << image.error().text();
  EXPECT_EQ(image->length, bytes.size());
  EXPECT_EQ(image->entry, 0x40080000U);
  ASSERT_EQ(image->segments.size(), 3U);
  EXPECT_EQ(image->segments[0].offset, 32U);
  EXPECT_EQ(image->segments[2].offset, 148U);
  EXPECT_EQ(image->segments[2].length, 64U);
  EXPECT_TRUE(image->hash);
}

TEST(EspImage, TakesEveryLengthOfPadding) {
  for (std::uint32_t length = 4; length <= 64; length += 4) {
    const Buffer bytes = make_image(length, {length}, length % 8 == 0);
    const auto image = verify_esp_image(MemorySource(bytes));
    ASSERT_TRUE(image) << length << ": " << image.error().text();
    EXPECT_EQ(image->length, bytes.size());
    EXPECT_EQ(image->hash.has_value(), length % 8 == 0);
  }
}

TEST(EspImage, RefusesEveryPrefixAndEveryChangedByte) {
  const Buffer bytes = make_image(6, {80, 24});
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(verify_esp_image(MemorySource(Bytes(bytes).first(length)))) << length;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Buffer wrong = bytes;
    wrong[i] ^= 0x10;
    EXPECT_FALSE(verify_esp_image(MemorySource(wrong))) << "byte " << i;
  }
}

TEST(EspImage, NamesTheFault) {
  const Buffer good = make_image(7, {80});
  struct Row {
    std::size_t at;
    std::uint8_t value;
    std::string_view text;
  };
  for (const Row& row : {Row{0, 0x42, "the first byte is 0x42, not 0xe9 @0"},
                         Row{1, 0, "0 segments; 1 to 16 are possible @1"},
                         Row{1, 17, "17 segments; 1 to 16 are possible @1"},
                         Row{28, 81, "segment 0 has the impossible length 81 @28"},
                         Row{31, 0x7F, "segment 0 has the impossible length"},
                         Row{40, 0x99, "the segment checksum is 0x"}}) {
    Buffer wrong = good;
    wrong[row.at] = row.value;
    const auto image = verify_esp_image(MemorySource(wrong));
    ASSERT_FALSE(image);
    EXPECT_NE(image.error().text().find(row.text), std::string::npos) << image.error().text();
  }
  Buffer wrong = good;
  wrong.back() ^= 1;
  EXPECT_EQ(verify_esp_image(MemorySource(wrong)).error().code(), Code::mismatch);
}

TEST(EspImage, TakesPiecesOfAnySize) {
  const Buffer bytes = make_image(8, {80, 12});
  EspImageParser parser;
  for (const std::uint8_t& byte : bytes) {
    ASSERT_TRUE(parser.write(Bytes(&byte, 1)));
  }
  EXPECT_TRUE(parser.complete());
  ASSERT_TRUE(parser.write(bytes)) << "bytes behind the image";
  EXPECT_EQ(parser.finish()->length, bytes.size());
}

TEST(NorFlash, ProgramsOnlyZerosAndErasesToOnes) {
  NorFlash flash(8192);
  Buffer out(4);
  ASSERT_TRUE(flash.program(4094, Buffer{0xF0, 0x0F, 0xAA, 0x55}));
  ASSERT_TRUE(flash.program(4094, Buffer{0x3C, 0xFF, 0xFF, 0x00}));
  ASSERT_TRUE(flash.read(4094, out));
  EXPECT_EQ(out, (Buffer{0x30, 0x0F, 0xAA, 0x00}));
  ASSERT_TRUE(flash.erase_sector(5000));
  ASSERT_TRUE(flash.read(4094, out));
  EXPECT_EQ(out, (Buffer{0x30, 0x0F, 0xFF, 0xFF}));
  EXPECT_EQ(flash.operations(), 3U);
  EXPECT_EQ(flash.erases(), 1U);
  EXPECT_EQ(flash.read(8190, out).error().code(), Code::limit);
  EXPECT_EQ(flash.program(std::numeric_limits<std::uint32_t>::max(), out).error().code(),
            Code::limit);
}

TEST(NorFlash, LosesPowerWhereItIsTold) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    NorFlash flash(8192);
    const Buffer data(512, 0x00);
    flash.cut_after(1, seed);
    ASSERT_TRUE(flash.program(0, data));
    EXPECT_FALSE(flash.program(1024, data));
    EXPECT_FALSE(flash.powered());
    Buffer out(512);
    EXPECT_EQ(flash.read(0, out).error().code(), Code::io);
    flash.power_on();
    ASSERT_TRUE(flash.read(0, out));
    EXPECT_EQ(out, data);
    ASSERT_TRUE(flash.read(1024, out));
    if (seed == 0) {
      EXPECT_EQ(out, Buffer(512, 0xFF));
    }
    flash.cut_after(0, seed);
    EXPECT_FALSE(flash.erase_sector(0));
    flash.power_on();
    ASSERT_TRUE(flash.read(0, out));
    if (seed == 0) {
      EXPECT_EQ(out, data);
    }
  }
}

TEST(NorFlash, TearsTheSameWayForTheSameSeed) {
  const auto torn = [](std::uint64_t seed) {
    NorFlash flash(4096);
    flash.cut_after(0, seed);
    EXPECT_FALSE(flash.program(0, Buffer(512, 0x00)));
    flash.power_on();
    Buffer out(512);
    EXPECT_TRUE(flash.read(0, out));
    return out;
  };
  EXPECT_EQ(torn(3), torn(3));
  EXPECT_NE(torn(3), torn(4));
}

TEST(NorFlash, CopiesAreIndependent) {
  NorFlash first(8192);
  ASSERT_TRUE(first.program(0, Buffer(4, 0x00)));
  NorFlash second = first;
  ASSERT_TRUE(second.program(4, Buffer(4, 0x00)));
  Buffer out(8);
  ASSERT_TRUE(first.read(0, out));
  EXPECT_EQ(out, (Buffer{0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}));
}

TEST(BootInfo, HasTheCrcOfTheRom) {
  EXPECT_EQ(rom_crc32(as_bytes("123456789")), 0xD202D277U) << "zlib.crc32(data, 0xffffffff)";
  BootInfo info;
  info.active_image = 1;
  info.set(ImageStatus::patch);
  info.previous_image = 2;
  info.size = 0x12345;
  info.crc = info.computed_crc();
  EXPECT_TRUE(info.valid());
  const auto bytes = info.encode();
  EXPECT_EQ(to_hex(bytes).substr(0, 40), "0100000002000000020000004523010000000000");
  EXPECT_EQ(BootInfo::decode(bytes), info);
  info.size ^= 1;
  EXPECT_FALSE(info.valid());
}

TEST(BootInfo, BlankSectorIsInvalid) {
  EXPECT_FALSE(BootInfo::decode(Buffer(40, 0xFF)).valid());
}

TEST(Psram, CountsWhatTheDeviceWould) {
  EXPECT_EQ(fielded_psram_need(0, 0), 102'400U + 3 * 64'164U);
  Psram psram(1000);
  void* const block = psram.allocate(5000, 600);
  ASSERT_NE(block, nullptr) << "host and device sizes differ";
  EXPECT_EQ(psram.allocate(1, 401), nullptr);
  EXPECT_EQ(psram.allocate(0, 0), nullptr);
  psram.release(block);
  psram.release(nullptr);
  EXPECT_EQ(psram.used(), 0U);
  EXPECT_EQ(psram.peak(), 600U);
}

TEST(Journal, RemembersAndForgets) {
  Machine machine{Hardware{}};
  Journal journal(machine, Slot::ota_0);
  EXPECT_FALSE(journal.read()->waits());
  PendingPatch patch;
  patch.offset = 0x5000;
  patch.size = 777;
  patch.new_size = 20'000;
  ASSERT_TRUE(journal.add_pending(patch));
  EXPECT_TRUE(journal.read()->waits());
  EXPECT_EQ(journal.read()->pending->size, 777U);
  ASSERT_TRUE(journal.add_checked(sha256(as_bytes("x"))));
  ASSERT_TRUE(journal.add_switch());
  ASSERT_TRUE(journal.add_switch());
  EXPECT_EQ(journal.read()->switches, 2U);
  EXPECT_EQ(journal.read()->checked, sha256(as_bytes("x")));
  ASSERT_TRUE(journal.add_done());
  EXPECT_FALSE(journal.read()->waits());
  ASSERT_TRUE(journal.clear());
  EXPECT_FALSE(journal.read()->pending);
  EXPECT_FALSE(Journal(machine, Slot::factory).read()->pending);
}

TEST(Journal, TornRecordsDoNotCount) {
  for (std::uint64_t seed = 1; seed < 60; ++seed) {
    Machine machine{Hardware{}};
    Journal journal(machine, Slot::ota_0);
    ASSERT_TRUE(journal.add_pending({}));
    machine.flash.cut_after(0, seed);
    EXPECT_FALSE(journal.add_done());
    machine.flash.power_on();
    ASSERT_TRUE(journal.add_refused());
    EXPECT_TRUE(journal.read()->refused) << seed;
  }
}

TEST(Journal, AFullSectorIsAnError) {
  Machine machine{Hardware{}};
  Journal journal(machine, Slot::factory);
  for (int i = 0; i < 64; ++i) {
    ASSERT_TRUE(journal.add_switch());
  }
  EXPECT_EQ(journal.add_switch().error().code(), Code::limit);
  ASSERT_TRUE(journal.clear());
  EXPECT_TRUE(journal.add_switch());
}

TEST(Journal, ATornClearLeavesNoPatchWaiting) {
  for (std::uint64_t cut = 0; cut < 2; ++cut) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      Machine machine{Hardware{}};
      Journal journal(machine, Slot::ota_0);
      ASSERT_TRUE(journal.add_pending({}));
      ASSERT_TRUE(journal.add_done());
      machine.flash.cut_after(cut, seed);
      EXPECT_FALSE(journal.clear());
      machine.flash.power_on();
      EXPECT_FALSE(journal.read()->waits()) << cut << " " << seed;
    }
  }
}

}  // namespace
}  // namespace kerf::pycom::testing
