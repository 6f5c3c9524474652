#include "patch/sliver/write_tiny_header.h"

#include "mcu/crc32.h"
#include "mcu/kerf_mcu.h"

namespace kerf::sliver::tiny {

namespace {

void put_number(ByteWriter& out, std::uint64_t value) {
  unsigned digits = 1;
  while (digits < 10 && value >> (7 * digits) != 0) {
    ++digits;
  }
  for (; digits > 1; --digits) {
    out.u8(static_cast<std::uint8_t>(value >> (7 * (digits - 1)) | 128));
  }
  out.u8(static_cast<std::uint8_t>(value & 127));
}

// A difference modulo 2^64, small on either side of 0.
void put_change(ByteWriter& out, std::uint64_t change) {
  put_number(out, change << 1 ^ (0 - (change >> 63)));
}

std::uint64_t widened(std::uint32_t difference) {
  return static_cast<std::uint64_t>(
      static_cast<std::int64_t>(static_cast<std::int32_t>(difference)));
}

void put_le32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
}

void put_image(ByteWriter& out, const mcu::TinyImage& image) {
  out.u8(image.machine);
  out.u8(image.pointer_size);
  out.u8(image.segment_count);
  out.u8(image.region_count);
  out.u8(image.new_segment_count);
  out.u8(image.break_count);
  for (unsigned i = 0; i < image.segment_count; ++i) {
    const refs::Segment& segment = image.segments[i];
    put_number(out, segment.address);
    put_number(out, segment.offset);
    put_number(out, std::uint64_t{segment.file_size} << 1 | (segment.executable ? 1 : 0));
    put_number(out, segment.memory_size - segment.file_size);
  }
  std::uint32_t end = 0;
  for (unsigned i = 0; i < image.region_count; ++i) {
    const refs::Region& region = image.regions[i];
    out.u8(static_cast<std::uint8_t>(region.scanner));
    out.u8(region.version);
    put_number(out, region.offset - end);
    put_number(out, region.size);
    put_number(out, region.address);
    end = region.offset + region.size;
  }
  for (unsigned i = 0; i < image.new_segment_count; ++i) {
    const mcu::NewSegment& segment = image.new_segments[i];
    const refs::Segment before = i < image.segment_count ? image.segments[i] : refs::Segment{};
    put_change(out, segment.address - before.address);
    put_change(out, widened(segment.offset - before.offset));
    put_change(out, widened(segment.size - before.file_size));
  }
  mcu::Break last{0, 0};
  for (unsigned i = 0; i < image.break_count; ++i) {
    put_number(out, image.breaks[i].from - last.from);
    put_change(out, widened(image.breaks[i].shift - last.shift));
    last = image.breaks[i];
  }
}

}  // namespace

std::vector<std::uint8_t> encode_header(const Header& header) {
  constexpr std::size_t prefix = 12;
  ByteWriter out;
  put_number(out, KERF_TINY_RAM);
  out.u8(header.window_bits);
  out.u8(header.reads_new ? 1 : 0);
  put_number(out, header.old_id.size);
  put_number(out, header.new_id.size);
  out.bytes(header.old_id.sha256);
  out.bytes(header.new_id.sha256);
  put_image(out, header.image);
  const std::vector<std::uint8_t> body = std::move(out).take();
  const std::size_t length = prefix + body.size() + 4;
  std::vector<std::uint8_t> made{'K', 'E', 'R', 'F', 'S', 'L', 'V', '1'};
  made.push_back(mcu::tiny_profile);
  made.push_back(mcu::tiny_version);
  made.push_back(static_cast<std::uint8_t>(length));
  made.push_back(static_cast<std::uint8_t>(length >> 8));
  made.insert(made.end(), body.begin(), body.end());
  put_le32(made, mcu::crc32_of(made.data(), static_cast<std::uint32_t>(made.size())));
  return made;
}

void put_window(Bytes section, Bytes made, std::vector<std::uint8_t>& patch) {
  put_le32(patch, static_cast<std::uint32_t>(section.size()));
  put_le32(patch, mcu::crc32_of(made.data(), static_cast<std::uint32_t>(made.size())));
  patch.insert(patch.end(), section.begin(), section.end());
}

}  // namespace kerf::sliver::tiny
