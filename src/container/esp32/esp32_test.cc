#include "container/esp32/esp32.h"

#include <gtest/gtest.h>

#include "container/test_files.h"

namespace kerf::container {
namespace {

// An image of two segments: the ESP32's with a hash, or the ESP8266's.
std::vector<std::uint8_t> image(bool esp32, std::string_view behind = {}) {
  ByteWriter out;
  out.u8(0xE9);
  out.u8(2);
  out.le16(0x0202);
  out.le32(0x40080000);
  if (esp32) {
    out.le64(0);
    out.le32(0);
    out.le16(0);
    out.u8(0);
    out.u8(1);
  }
  std::uint8_t sum = 0xEF;
  for (const std::uint32_t address : {0x3F400020U, 0x40080000U}) {
    const auto data = kerf::test::noise(100, address, 256);
    out.le32(address);
    out.le32(100);
    out.bytes(data);
    for (const std::uint8_t byte : data) {
      sum = static_cast<std::uint8_t>(sum ^ byte);
    }
  }
  while (out.size() % 16 != 15) {
    out.u8(0);
  }
  out.u8(sum);
  if (esp32) {
    out.bytes(sha256(out.view()));
  }
  out.bytes(as_bytes(behind));
  return std::move(out).take();
}

std::vector<std::string> contents(Bytes bytes) {
  std::vector<std::string> paths;
  const auto listing = look_inside(MemorySource(bytes), test::kLimits);
  EXPECT_TRUE(listing && listing->has_value());
  if (listing && listing->has_value()) {
    EXPECT_EQ((**listing).container, &esp32());
    for (const Entry& entry : (**listing).entries) {
      if (entry.role == Role::content) {
        paths.push_back(entry.path);
      }
    }
  }
  return paths;
}

TEST(Esp32, SegmentsOfBothKinds) {
  const std::vector<std::string> expected{"segment at 0x3f400020", "segment at 0x40080000"};
  EXPECT_EQ(contents(image(true)), expected);
  EXPECT_EQ(contents(image(false)), expected);
}

TEST(Esp32, WhatFollowsIsListed) {
  EXPECT_EQ(contents(image(true, "another image")).back(), "appended data");
}

TEST(Esp32, EveryPrefixAndADamagedSegmentAreRefused) {
  for (const bool newer : {true, false}) {
    auto bytes = image(newer);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_FALSE(esp32().entries(MemorySource(Bytes(bytes).first(length)), test::kLimits));
    }
    bytes[60] ^= 1;
    const auto entries = esp32().entries(MemorySource(bytes), test::kLimits);
    ASSERT_FALSE(entries);
    EXPECT_NE(entries.error().code(), Code::bug);
  }
}

}  // namespace
}  // namespace kerf::container
