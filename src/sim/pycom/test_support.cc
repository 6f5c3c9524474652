#include "sim/pycom/test_support.h"

#include <bzlib.h>

#include <algorithm>

#include "base/extent.h"
#include "base/hash.h"
#include "sim/pycom/esp_image.h"

namespace kerf::pycom::testing {

namespace {

struct Random {
  std::uint64_t state;
  std::uint64_t next() {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return state >> 33;
  }
};

// Appends checksum, padding and hash to header and segments; the checksum covers segment data only.
void seal(Buffer& image, bool with_hash) {
  std::uint8_t checksum = 0xEF;
  std::size_t at = 24;
  for (unsigned i = 0; i < image[1]; ++i) {
    const std::uint32_t length = load_le32(&image[at + 4]);
    at += 8;
    for (const std::size_t end = at + length; at < end; ++at) {
      checksum ^= image[at];
    }
  }
  image.resize(at);
  image.resize((at + 16) / 16 * 16, 0);
  image.back() = checksum;
  if (with_hash) {
    const Sha256 hash = sha256(image);
    image.insert(image.end(), hash.begin(), hash.end());
  }
}

void add_code(Buffer& image, std::size_t length, Random& random) {
  // Words that repeat now and then, as instructions do.
  for (std::size_t i = 0; i < length; ++i) {
    const bool repeat = image.size() > 300 && random.next() % 4 != 0;
    image.push_back(repeat ? image[image.size() - 64 - (i % 8 == 0 ? 4 : 0)]
                           : static_cast<std::uint8_t>(random.next()));
  }
}

}  // namespace

Buffer make_image(std::uint64_t seed, const std::vector<std::uint32_t>& segment_sizes,
                  bool with_hash) {
  Random random{seed};
  Buffer image(24);
  image[0] = 0xE9;
  image[1] = static_cast<std::uint8_t>(segment_sizes.size());
  store_le32(&image[4], 0x40080000);
  image[23] = with_hash ? 1 : 0;
  for (const std::uint32_t size : segment_sizes) {
    std::array<std::uint8_t, 8> header{};
    store_le32(header.data(), 0x3F400020);
    store_le32(&header[4], size);
    image.insert(image.end(), header.begin(), header.end());
    add_code(image, size, random);
  }
  seal(image, with_hash);
  return image;
}

Buffer modify_image(const Buffer& image, std::uint64_t seed, std::size_t changes,
                    std::uint32_t grown_by) {
  Random random{seed};
  Buffer out = image;
  struct Segment {
    std::size_t offset;
    std::size_t length;
  };
  std::vector<Segment> segments;
  std::size_t at = 24;
  for (unsigned i = 0; i < image[1]; ++i) {
    segments.push_back({at + 8, load_le32(&image[at + 4])});
    at += 8 + segments.back().length;
  }
  const auto below = [&](std::size_t bound) {
    return static_cast<std::size_t>(random.next() % bound);
  };
  for (std::size_t i = 0; i < changes; ++i) {
    const Segment& segment = segments[below(segments.size())];
    if (segment.length > 0) {
      out[segment.offset + below(segment.length)] ^=
          static_cast<std::uint8_t>(1 + random.next() % 255);
    }
  }
  out.resize(at);
  add_code(out, grown_by, random);
  const Segment& last = segments.back();
  store_le32(&out[last.offset - 4], static_cast<std::uint32_t>(last.length) + grown_by);
  seal(out, image[23] != 0);
  return out;
}

Buffer bzip2(Bytes plain, int level) {
  Buffer out(plain.size() + plain.size() / 50 + 1000);
  auto length = static_cast<unsigned>(out.size());
  Buffer in(plain.begin(), plain.end());
  in.push_back(0);  // an address even for an empty stream
  BZ2_bzBuffToBuffCompress(reinterpret_cast<char*>(out.data()), &length,
                           reinterpret_cast<char*>(in.data()), static_cast<unsigned>(plain.size()),
                           level, 0, 0);
  out.resize(length);
  return out;
}

PatchParts describe_patch(const Buffer& from, const Buffer& to) {
  PatchParts parts;
  const auto common = static_cast<std::int64_t>(std::min(from.size(), to.size()));
  const auto whole = static_cast<std::int64_t>(to.size());
  parts.new_size = whole;
  // Two thirds by difference, a piece by extra bytes, the rest by difference, the end by extra.
  const std::int64_t first = common * 2 / 3;
  const std::int64_t piece = std::min<std::int64_t>(1000, common - first);
  parts.controls = {
      {first, piece, piece}, {common - first - piece, 0, -common / 2}, {0, whole - common, 17}};
  const auto add = [&](std::int64_t start, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(start); i < static_cast<std::size_t>(end); ++i) {
      parts.diff.push_back(static_cast<std::uint8_t>(to[i] - from[i]));
    }
  };
  const auto copy = [&](std::int64_t start, std::int64_t end) {
    parts.extra.insert(parts.extra.end(), to.begin() + static_cast<std::ptrdiff_t>(start),
                       to.begin() + static_cast<std::ptrdiff_t>(end));
  };
  add(0, first);
  copy(first, first + piece);
  add(first + piece, common);
  copy(common, whole);
  if (whole == common) {
    parts.controls.pop_back();
  }
  return parts;
}

Buffer make_patch(const PatchParts& parts) {
  Buffer control;
  for (const bsdiff::Control& step : parts.controls) {
    std::array<std::uint8_t, 24> raw{};
    bsdiff::encode_offset(raw.data(), step.add);
    bsdiff::encode_offset(&raw[8], step.copy);
    bsdiff::encode_offset(&raw[16], step.seek);
    control.insert(control.end(), raw.begin(), raw.end());
  }
  const Buffer packed_control = bzip2(control, parts.levels[0]);
  const Buffer packed_diff = bzip2(parts.diff, parts.levels[1]);
  const Buffer packed_extra = bzip2(parts.extra, parts.levels[2]);
  Buffer patch(32);
  std::ranges::copy(as_bytes("BSDIFF40"), patch.begin());
  bsdiff::encode_offset(&patch[8], static_cast<std::int64_t>(packed_control.size()));
  bsdiff::encode_offset(&patch[16], static_cast<std::int64_t>(packed_diff.size()));
  bsdiff::encode_offset(&patch[24], parts.new_size);
  for (const Buffer* section : {&packed_control, &packed_diff, &packed_extra}) {
    patch.insert(patch.end(), section->begin(), section->end());
  }
  return patch;
}

Buffer with_trailer(const Buffer& patch, const Buffer& from, const Buffer& to) {
  bsdiff::Trailer trailer;
  trailer.body = {patch.size(), sha256(patch)};
  trailer.old_id = {from.size(), sha256(from)};
  trailer.new_id = {to.size(), sha256(to)};
  Buffer out = patch;
  const Buffer encoded = bsdiff::encode_trailer(trailer);
  out.insert(out.end(), encoded.begin(), encoded.end());
  return out;
}

Device make_device(Mode mode, const Buffer& image, const Hardware& hardware) {
  DeviceConfig config;
  config.mode = mode;
  config.hardware = hardware;
  Device device(config);
  (void)device.install(Slot::factory, image).has_value();
  device.reset();
  return device;
}

Device make_device_on_ota_0(Mode mode, const Buffer& image, const Buffer& other_image,
                            const Hardware& hardware) {
  DeviceConfig config;
  config.mode = mode;
  config.hardware = hardware;
  Device device(config);
  (void)device.install(Slot::factory, other_image).has_value();
  (void)device.install(Slot::ota_0, image).has_value();
  BootInfo info;
  info.active_image = 1;
  info.set(ImageStatus::ready);
  device.install_boot_info(info);
  device.reset();
  return device;
}

bool holds(const Device& device, Slot slot, const Buffer& image) {
  return device.slot_content(slot, image.size()) == image;
}

bool runs(const Device& device, const Buffer& image) {
  return device.life() == Life::running && holds(device, device.running(), image);
}

}  // namespace kerf::pycom::testing
