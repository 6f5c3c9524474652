#include "sim/pycom/esp_image.h"

#include <algorithm>
#include <string>

namespace kerf::pycom {

namespace {

constexpr std::size_t header_size = 24;
constexpr std::size_t hash_flag_at = 23;
constexpr std::uint8_t image_magic = 0xE9;
constexpr unsigned most_segments = 16;          // as in the bootloader
constexpr std::uint32_t most_data = 16U << 20;  // likewise
constexpr std::uint64_t checksum_line = 16;     // the checksum ends such a line

Error bad(Code code, std::string what, std::uint64_t offset) {
  return Error(code, std::move(what)).at(offset).in("ESP image");
}

Error wrong_magic(std::uint8_t byte) {
  return bad(Code::corrupt, "the first byte is 0x" + to_hex(Bytes(&byte, 1)) + ", not 0xe9", 0);
}

}  // namespace

EspImageParser::EspImageParser() {
  expect(Stage::header, header_size);
}

void EspImageParser::expect(Stage stage, std::size_t length) {
  stage_ = stage;
  filled_ = 0;
  wanted_ = length;
}

Status EspImageParser::write(Bytes bytes) {
  while (!bytes.empty() && stage_ != Stage::complete) {
    Bytes now;
    if (stage_ == Stage::segment_data) {
      now =
          bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), data_left_)));
      for (const std::uint8_t byte : now) {
        checksum_ ^= byte;
      }
      data_left_ -= now.size();
    } else {
      now = bytes.first(std::min(bytes.size(), wanted_ - filled_));
      std::copy(now.begin(), now.end(), field_.begin() + static_cast<std::ptrdiff_t>(filled_));
      filled_ += now.size();
    }
    if (stage_ != Stage::hash) {
      hasher_.update(now);
    }
    position_ += now.size();
    bytes = bytes.subspan(now.size());
    if (stage_ == Stage::segment_data ? data_left_ == 0 : filled_ == wanted_) {
      TRY(field());
    }
  }
  return {};
}

Status EspImageParser::field() {
  switch (stage_) {
    case Stage::header:
      return header();
    case Stage::segment_header:
      return segment_header();
    case Stage::segment_data:
      next_segment();
      return {};
    case Stage::padding:
      return checksum();
    case Stage::hash:
      if (const Sha256 computed = hasher_.finish(); computed != field_) {
        return bad(Code::mismatch, "the appended SHA-256 is not that of the image",
                   position_ - field_.size());
      }
      image_.hash = field_;
      break;
    case Stage::complete:
      break;
  }
  image_.length = position_;
  stage_ = Stage::complete;
  return {};
}

Status EspImageParser::header() {
  if (field_[0] != image_magic) {
    return wrong_magic(field_[0]);
  }
  segments_left_ = field_[1];
  if (segments_left_ == 0 || segments_left_ > most_segments) {
    return bad(Code::corrupt, std::to_string(segments_left_) + " segments; 1 to 16 are possible",
               1);
  }
  image_.entry = load_le32(&field_[4]);
  hash_appended_ = field_[hash_flag_at] != 0;
  expect(Stage::segment_header, 8);
  return {};
}

Status EspImageParser::segment_header() {
  EspSegment segment;
  segment.load_address = load_le32(field_.data());
  segment.length = load_le32(&field_[4]);
  segment.offset = position_;
  if (segment.length % 4 != 0 || segment.length >= most_data) {
    return bad(Code::corrupt,
               "segment " + std::to_string(image_.segments.size()) + " has the impossible length " +
                   std::to_string(segment.length),
               position_ - 4);
  }
  image_.segments.push_back(segment);
  --segments_left_;
  data_left_ = segment.length;
  if (data_left_ == 0) {
    next_segment();
  } else {
    expect(Stage::segment_data, 0);
  }
  return {};
}

void EspImageParser::next_segment() {
  if (segments_left_ > 0) {
    expect(Stage::segment_header, 8);
  } else {
    expect(Stage::padding, static_cast<std::size_t>(checksum_line - position_ % checksum_line));
  }
}

Status EspImageParser::checksum() {
  if (field_[wanted_ - 1] != checksum_) {
    return bad(Code::mismatch,
               "the segment checksum is 0x" + to_hex(Bytes(&field_[wanted_ - 1], 1)) +
                   ", but the segments give 0x" + to_hex(Bytes(&checksum_, 1)),
               position_ - 1);
  }
  if (hash_appended_) {
    expect(Stage::hash, field_.size());
    return {};
  }
  image_.length = position_;
  stage_ = Stage::complete;
  return {};
}

Result<EspImage> EspImageParser::finish() const {
  if (stage_ == Stage::header && filled_ > 0 && field_[0] != image_magic) {
    return wrong_magic(field_[0]);
  }
  if (!complete()) {
    return bad(Code::truncated, "the image ends too early", position_);
  }
  return image_;
}

Result<EspImage> verify_esp_image(const Source& source) {
  EspImageParser parser;
  BufferedReader reader(source, std::size_t{16} << 10);
  while (!parser.complete()) {
    TRY_ASSIGN(const Bytes some, reader.read_some(std::size_t{16} << 10));
    if (some.empty()) {
      break;
    }
    TRY(parser.write(some));
  }
  return parser.finish();
}

}  // namespace kerf::pycom
