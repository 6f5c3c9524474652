// The section that says how the new file lies on the old one: the covers, and at which addresses
// the new file is loaded.
#pragma once

#include "mcu/cm/cover.h"
#include "mcu/cm/number_model.h"
#include "refs/image.h"

namespace kerf::sliver {

class MapCodec {
 public:
  // Codes the `count` covers at `covers`. A decoder's may be anything: check() them before use.
  template <class Coder>
  void code_covers(Coder& coder, Cover* covers, uint32_t count) {
    Cover last;
    bool repeats = false;  // did the last cover go on where its predecessor ended in the old file?
    for (uint32_t i = 0; i < count; ++i) {
      Cover& cover = covers[i];
      const unsigned after = last.exact ? 1 : 0;
      cover.exact = numbers_.code(coder, 0 + after, cover.exact ? 1 : 0) != 0;
      const unsigned now = cover.exact ? 2 : 0;
      const uint32_t end = last.to + last.length;
      const uint32_t gap = numbers_.code(coder, 2 + after + now, cover.to - end);
      cover.to = end + gap;
      const unsigned joined = gap == 0 ? 1 : 0;
      const uint32_t shift = fold_sign(cover.from - (last.from + last.length));
      const uint32_t moved = numbers_.code(coder, 6 + joined + (repeats ? 2 : 0), shift);
      cover.from = last.from + last.length + unfold_sign(moved);
      repeats = moved == 0;
      cover.length = numbers_.code(coder, 10 + (cover.exact ? 1 : 0), cover.length - 1) + 1;
      last = cover;
    }
  }

  // Are decoded covers in order, and inside files of these sizes? Gives the index of the first that
  // is not, or `count`.
  static uint32_t check(const Cover* covers, uint32_t count, uint32_t old_size, uint32_t new_size) {
    uint32_t end = 0;
    for (uint32_t i = 0; i < count; ++i) {
      const Cover& cover = covers[i];
      if (cover.to < end || cover.length == 0 || cover.to > new_size ||
          cover.length > new_size - cover.to || cover.from > old_size ||
          cover.length > old_size - cover.from) {
        return i;
      }
      end = cover.to + cover.length;
    }
    return count;
  }

  // Codes an image that decoders cannot recognise. Check it with refs::valid() before use.
  template <class Coder>
  void code_image(Coder& coder, refs::Image& image) {
    image.machine =
        static_cast<refs::Machine>(code_small(coder, static_cast<uint32_t>(image.machine)));
    image.pointer_size = code_small(coder, image.pointer_size);
    code_address_map(coder, refs::AddressMap(), image.map);
    image.region_count = code_small(coder, image.region_count);
    if (image.region_count > refs::max_regions) {
      image.region_count = refs::max_regions;
    }
    for (unsigned i = 0; i < image.region_count; ++i) {
      refs::Region& region = image.regions[i];
      region.scanner =
          static_cast<refs::Scanner>(code_small(coder, static_cast<uint32_t>(region.scanner)));
      region.version = code_small(coder, region.version);
      region.aux_region = code_small(coder, region.aux_region);
      region.offset = static_cast<uint32_t>(code_change(coder, 0, region.offset));
      region.size = static_cast<uint32_t>(code_change(coder, 0, region.size));
      region.address = code_change(coder, 0, region.address);
      region.aux = code_change(coder, 0, region.aux);
    }
  }

  // Codes what references of the new file are relative to, as changes from the old `image`. Check
  // the map with refs::valid() before use.
  template <class Coder>
  void code_destination(Coder& coder, const refs::Image& image, refs::Destination& destination) {
    code_address_map(coder, image.map, destination.map);
    for (unsigned i = 0; i < image.region_count; ++i) {
      if (refs::is_anchor(image, i)) {
        uint64_t& address = destination.region_address[i];
        address = code_change(coder, image.regions[i].address, address);
      }
    }
  }

 private:
  static constexpr unsigned destination_context = 12;

  // 0 to 255.
  template <class Coder>
  uint8_t code_small(Coder& coder, uint32_t value) {
    return static_cast<uint8_t>(numbers_.code(coder, destination_context, value));
  }
  template <class Coder>
  void code_address_map(Coder& coder, const refs::AddressMap& old, refs::AddressMap& map) {
    map.count = code_small(coder, map.count);
    if (map.count > refs::max_segments) {
      map.count = refs::max_segments;
    }
    for (unsigned i = 0; i < map.count; ++i) {
      const refs::Segment was = i < old.count ? old.segments[i] : refs::Segment{};
      refs::Segment& now = map.segments[i];
      now.address = code_change(coder, was.address, now.address);
      now.memory_size = code_change(coder, was.memory_size, now.memory_size);
      now.offset = static_cast<uint32_t>(code_change(coder, was.offset, now.offset));
      now.file_size = static_cast<uint32_t>(code_change(coder, was.file_size, now.file_size));
      now.executable = code_small(coder, now.executable ? 1 : 0) != 0;
    }
  }
  // 64 bits in parts of 24, 24 and 16, the lowest first, with the sign folded in.
  template <class Coder>
  uint64_t code_change(Coder& coder, uint64_t old, uint64_t value) {
    const uint64_t change = value - old;
    const uint64_t folded = change << 1 ^ (0 - (change >> 63));
    uint64_t made = 0;
    for (unsigned part = 0; part < 3; ++part) {
      const unsigned shift = part * 24;
      const auto wanted = static_cast<uint32_t>(folded >> shift & 0xFFFFFF);
      made |= uint64_t{numbers_.code(coder, destination_context + part, wanted) & 0xFFFFFF}
              << shift;
    }
    return old + (made >> 1 ^ (0 - (made & 1)));
  }

  NumberModel numbers_;
};

}  // namespace kerf::sliver
