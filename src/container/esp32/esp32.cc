#include "container/esp32/esp32.h"

#include <array>
#include <cstdio>
#include <limits>

#include "container/tiler.h"

namespace kerf::container {

namespace {

constexpr std::uint8_t kMagic = 0xE9;
constexpr std::size_t kHeader8266 = 8;
constexpr std::size_t kHeader32 = 24;  // the former, and what ESP32 and its successors add
constexpr std::size_t kSegmentHeader = 8;
constexpr std::size_t kHash = 32;
constexpr unsigned kMostSegments = 16;
constexpr std::uint8_t kChecksumStart = 0xEF;

std::string segment_name(std::uint32_t address) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "segment at 0x%08x", address);
  return text.data();
}

Result<std::uint8_t> sum_up(const Source& file, Extent segment, std::uint8_t sum) {
  const SliceSource data(file, segment.offset, segment.length);
  BufferedReader reader(data, std::size_t{64} << 10);
  for (;;) {
    TRY_ASSIGN(const Bytes some, reader.read_some(std::numeric_limits<std::size_t>::max()));
    if (some.empty()) {
      return sum;
    }
    for (const std::uint8_t byte : some) {
      sum = static_cast<std::uint8_t>(sum ^ byte);
    }
  }
}

// The listing, if the file is an image with a header of this length: boot loaders of both kinds
// check the sum over the segments, so that it decides between them.
Result<std::vector<Entry>> read_image(const Source& file, const Limits& limits,
                                      std::size_t header_length) {
  std::array<std::uint8_t, kHeader32> header{};
  if (file.size() < header_length) {
    return beyond_end("the header", 0);
  }
  TRY(file.read_at(0, MutBytes(header).first(header_length)));
  const unsigned segments = header[1];
  if (header[0] != kMagic || segments == 0 || segments > kMostSegments) {
    return Error(Code::corrupt, "this is no header of an image").at(0);
  }
  Tiler tiler(file.size(), limits);
  TRY(tiler.header("image header", {{0, header_length}}));
  std::uint64_t position = header_length;
  std::uint8_t sum = kChecksumStart;
  for (unsigned i = 0; i < segments; ++i) {
    std::array<std::uint8_t, kSegmentHeader> segment{};
    if (!Extent{position, kSegmentHeader}.within(file.size())) {
      return beyond_end("the header of a segment", position);
    }
    TRY(file.read_at(position, segment));
    const std::string name = segment_name(load_le32(segment.data()));
    const Extent data{position + kSegmentHeader, load_le32(&segment[4])};
    if (!data.within(file.size())) {
      return beyond_end("a segment", position);
    }
    TRY(tiler.header(name, {{position, kSegmentHeader}}));
    TRY(tiler.content(name, data));
    TRY_ASSIGN(sum, sum_up(file, data, sum));
    position = data.offset + data.length;
  }
  const std::uint64_t checksum = position | 15;  // the last byte of a row of 16
  std::array<std::uint8_t, 1> stated{};
  if (!Extent{checksum, 1}.within(file.size())) {
    return beyond_end("the checksum", checksum);
  }
  TRY(file.read_at(checksum, stated));
  if (stated[0] != sum) {
    return Error(Code::corrupt, "the checksum of the segments is wrong").at(checksum);
  }
  const bool hashed = header_length == kHeader32 && header[kHeader32 - 1] == 1;
  const Extent tail{checksum, hashed ? 1 + kHash : 1};
  if (!tail.within(file.size())) {
    return beyond_end("the hash", checksum);
  }
  TRY(tiler.header("checksum", {tail}));
  return tiler.finish(file, tail.offset + tail.length);
}

class Esp32 final : public Container {
 public:
  std::string_view name() const override { return "esp32"; }
  bool holds_files() const override { return false; }

  Result<unsigned> probe(const Source& file) const override {
    std::array<std::uint8_t, 4> head{};
    if (file.size() < kHeader8266 + kSegmentHeader) {
      return 0U;
    }
    TRY(file.read_at(0, head));
    // Modes of the flash: up to 5, or as found.
    const bool fits = head[0] == kMagic && head[1] >= 1 && head[1] <= kMostSegments &&
                      (head[2] <= 5 || head[2] == 0xFF);
    return fits ? 16U : 0U;
  }

  Result<std::vector<Entry>> entries(const Source& file, const Limits& limits) const override {
    auto newer = read_image(file, limits, kHeader32);
    if (newer || newer.error().code() == Code::io || newer.error().code() == Code::limit) {
      return newer;
    }
    auto older = read_image(file, limits, kHeader8266);
    return older ? std::move(older) : std::move(newer);
  }
};

}  // namespace

const Container& esp32() {
  static const Esp32 container;
  return container;
}

}  // namespace kerf::container
