#include "patch/sliver/write_tiny_map.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

#include "mcu/tiny_fields.h"
#include "patch/sliver/cover_map.h"

namespace kerf::sliver::tiny {

namespace {

constexpr std::uint64_t least_weight = 2;  // references that a break must serve

// Scanners that look at nothing but their own region.
bool stands_alone(const refs::Region& region) {
  switch (region.scanner) {
    case refs::Scanner::x86:
    case refs::Scanner::aarch64:
    case refs::Scanner::a32:
    case refs::Scanner::thumb:
    case refs::Scanner::xtensa:
    case refs::Scanner::riscv:
    case refs::Scanner::pointers:
    case refs::Scanner::tables:
    case refs::Scanner::relative:
      return region.aux == 0;
    default:
      return false;
  }
}

struct Stretch {
  std::uint32_t from;
  std::uint32_t shift;
  std::uint64_t weight;
};

// Drops the stretch that fewest references miss until few enough are left.
void merge(std::vector<Stretch>& stretches, unsigned most) {
  const auto loss = [&](std::size_t i) {
    const bool free =
        i > 0 ? stretches[i - 1].shift == stretches[i].shift : stretches[i].shift == 0;
    return free ? 0 : stretches[i].weight;
  };
  while (!stretches.empty()) {
    std::size_t least = 0;
    for (std::size_t i = 1; i < stretches.size(); ++i) {
      if (loss(i) < loss(least)) {
        least = i;
      }
    }
    if (loss(least) >= least_weight && stretches.size() <= most) {
      return;
    }
    if (least > 0 && loss(least) == 0) {
      stretches[least - 1].weight += stretches[least].weight;
    }
    stretches.erase(stretches.begin() + static_cast<std::ptrdiff_t>(least));
  }
}

}  // namespace

void describe(const ImagePair* images, mcu::TinyImage& image) {
  image = {};
  image.pointer_size = 4;
  if (images == nullptr) {
    return;
  }
  const refs::Image& old_image = images->old_image;
  image.machine = static_cast<std::uint8_t>(old_image.machine);
  image.pointer_size = old_image.pointer_size;
  for (unsigned i = 0; i < old_image.map.count && i < mcu::most_segments; ++i) {
    image.segments[image.segment_count++] = old_image.map.segments[i];
  }
  std::vector<refs::Region> regions;
  for (unsigned i = 0; i < old_image.region_count; ++i) {
    if (stands_alone(old_image.regions[i])) {
      regions.push_back(old_image.regions[i]);
    }
  }
  std::ranges::stable_sort(regions, std::ranges::greater{}, &refs::Region::size);
  regions.resize(std::min<std::size_t>(regions.size(), mcu::most_regions));
  std::ranges::sort(regions, {}, &refs::Region::offset);
  for (refs::Region region : regions) {
    region.aux_region = 0;
    image.regions[image.region_count++] = region;
  }
  const refs::AddressMap& map = images->new_image.map;
  for (unsigned i = 0; i < map.count && i < mcu::most_segments; ++i) {
    const refs::Segment& segment = map.segments[i];
    image.new_segments[image.new_segment_count++] = {segment.address, segment.offset,
                                                     segment.file_size};
  }
}

void choose_breaks(Bytes from, std::span<const Cover> covers, unsigned most,
                   mcu::TinyImage& image) {
  image.break_count = 0;
  const auto size = static_cast<std::uint32_t>(from.size());
  const OwnedCoverMap owned(covers, size);
  const CoverMap map = owned.view();
  std::vector<Stretch> stretches(map.count);
  for (std::uint32_t i = 0; i < map.count; ++i) {
    stretches[i] = {map.intervals[i].from, map.intervals[i].shift, 0};
  }
  const mcu::OldFile old{
      [](void* context, std::uint32_t offset, std::uint8_t* out, std::uint32_t count) {
        std::memcpy(out, static_cast<const std::uint8_t*>(context) + offset, count);
        return true;
      },
      const_cast<std::uint8_t*>(from.data()), size};
  mcu::OldWindow window;
  window.reset();
  for (std::uint64_t at = 0; at < size && image.region_count > 0;
       at += std::uint64_t{1} << mcu::tiny_geometry.chunk_bits) {
    window.load(old, image.view(), static_cast<std::uint32_t>(at));
    for (std::uint32_t i = 0; i < window.count; ++i) {
      const refs::Field& field = window.fields[i];
      std::uint32_t here = 0;
      std::uint32_t offset = 0;
      std::uint32_t there = 0;
      if (map.find(field.position, here) != CoverMap::Found::inside ||
          !image.view().map.offset_of(field.target, offset) ||
          map.find(offset, there) != CoverMap::Found::inside) {
        continue;
      }
      // Where both ends move alike, nothing needs to be known.
      if (field.anchor == refs::Anchor::self && here - field.position == there - offset) {
        continue;
      }
      const auto behind = std::ranges::upper_bound(stretches, offset, {}, &Stretch::from);
      ++std::prev(behind)->weight;
    }
  }
  merge(stretches, most);
  for (const Stretch& stretch : stretches) {
    image.breaks[image.break_count++] = {stretch.from, stretch.shift};
  }
}

}  // namespace kerf::sliver::tiny
