// ESP application images: what a bootloader of the ESP32 family accepts. Header (24 bytes),
// segments (8 bytes and data each), padding, one checksum byte at the end of a 16-byte line and, if
// byte 23 of the header says so, the SHA-256 of everything before it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"
#include "io/source.h"

namespace kerf::pycom {

struct EspSegment {
  std::uint32_t load_address = 0;
  std::uint64_t offset = 0;  // of its data in the image
  std::uint32_t length = 0;  // bytes, a multiple of 4
};

struct EspImage {
  std::uint32_t entry = 0;
  std::vector<EspSegment> segments;  // 1 to 16
  std::uint64_t length = 0;          // bytes, checksum and hash included
  std::optional<Sha256> hash;        // the appended one, verified
};

// Examines an image as it passes, in pieces of any size, in constant memory. Not thread-safe.
class EspImageParser {
 public:
  EspImageParser();
  // Takes the next bytes. Code::corrupt or Code::mismatch with the offset in the image; write
  // nothing after an error. Bytes after the end of the image are ignored.
  Status write(Bytes bytes);
  // True once the whole image has passed and is good.
  bool complete() const { return stage_ == Stage::complete; }
  // The image. Code::truncated if it is not complete.
  Result<EspImage> finish() const;

 private:
  enum class Stage : std::uint8_t { header, segment_header, segment_data, padding, hash, complete };
  void expect(Stage stage, std::size_t length);
  Status field();
  Status header();
  Status segment_header();
  Status checksum();
  void next_segment();

  Stage stage_ = Stage::header;
  std::array<std::uint8_t, 32> field_{};
  std::size_t filled_ = 0;  // bytes of the field that have arrived
  std::size_t wanted_ = 0;  // its length
  std::uint64_t data_left_ = 0;
  std::uint64_t position_ = 0;
  unsigned segments_left_ = 0;
  bool hash_appended_ = false;
  std::uint8_t checksum_ = 0xEF;
  Sha256Hasher hasher_;
  EspImage image_;
};

// Verifies the image at the start of `source`; bytes after its end are allowed. The source's size
// is the bound (a slot, a file). Errors as EspImageParser, and those of the source.
Result<EspImage> verify_esp_image(const Source& source);

}  // namespace kerf::pycom
