#include "refs/image.h"

#include "refs/scan.h"

namespace kerf::refs {

bool AddressMapView::address_of(uint32_t offset, uint64_t& address) const {
  for (unsigned i = 0; i < count; ++i) {
    const Segment& segment = segments[i];
    if (offset >= segment.offset && offset - segment.offset < segment.file_size) {
      address = segment.address + (offset - segment.offset);
      return true;
    }
  }
  return false;
}

bool AddressMapView::offset_of(uint64_t address, uint32_t& offset) const {
  for (unsigned i = 0; i < count; ++i) {
    const Segment& segment = segments[i];
    if (address >= segment.address && address - segment.address < segment.file_size) {
      offset = segment.offset + static_cast<uint32_t>(address - segment.address);
      return true;
    }
  }
  return false;
}

bool AddressMapView::contains(uint64_t address) const {
  for (unsigned i = 0; i < count; ++i) {
    if (address >= segments[i].address &&
        address - segments[i].address <= segments[i].memory_size) {
      return true;
    }
  }
  return false;
}

bool AddressMapView::executes(uint64_t address) const {
  for (unsigned i = 0; i < count; ++i) {
    const Segment& segment = segments[i];
    if (segment.executable && address >= segment.address &&
        address - segment.address < segment.file_size) {
      return true;
    }
  }
  return false;
}

bool ImageView::plain_addresses() const {
  constexpr uint64_t smallest = 0x10000;
  for (unsigned i = 0; i < map.count; ++i) {
    if (map.segments[i].address < smallest) {
      return false;
    }
  }
  return map.count > 0;
}

bool valid(const AddressMapView& map, uint32_t file_size) {
  if (map.count > max_segments) {
    return false;
  }
  for (unsigned i = 0; i < map.count; ++i) {
    const Segment& segment = map.segments[i];
    if (segment.offset > file_size || segment.file_size > file_size - segment.offset ||
        segment.memory_size < segment.file_size ||
        segment.address + segment.memory_size < segment.address) {
      return false;
    }
  }
  return true;
}

bool valid(const ImageView& image, uint32_t file_size) {
  if ((image.pointer_size != 4 && image.pointer_size != 8) || image.region_count > max_regions ||
      !valid(image.map, file_size)) {
    return false;
  }
  uint32_t end = 0;
  for (unsigned i = 0; i < image.region_count; ++i) {
    const Region& region = image.regions[i];
    if (region.offset < end || region.offset > file_size ||
        region.size > file_size - region.offset || region.aux_region >= image.region_count ||
        region.address + region.size < region.address || region.version == 0 ||
        region.version != scanner_version(region.scanner)) {
      return false;
    }
    end = region.offset + region.size;
  }
  return true;
}

bool is_anchor(const Image& image, unsigned index) {
  switch (image.regions[index].scanner) {
    case Scanner::eh_frame_hdr:
    case Scanner::anchor:
    case Scanner::offsets:
    case Scanner::go_functab:
    case Scanner::go_data:
      return true;
    default:
      break;
  }
  for (unsigned i = 0; i < image.region_count; ++i) {
    const Region& region = image.regions[i];
    if (region.aux != 0 && region.aux_region == index) {
      return true;
    }
  }
  return false;
}

void describe_destination(const Image& old_image, const Image& new_image,
                          Destination& destination) {
  destination = Destination{};
  destination.map = new_image.map;
  for (unsigned i = 0; i < old_image.region_count; ++i) {
    const Scanner scanner = old_image.regions[i].scanner;
    unsigned rank = 0;
    for (unsigned j = 0; j < i; ++j) {
      rank += old_image.regions[j].scanner == scanner ? 1 : 0;
    }
    for (unsigned j = 0; j < new_image.region_count; ++j) {
      if (new_image.regions[j].scanner == scanner && rank-- == 0) {
        destination.region_address[i] = new_image.regions[j].address;
        break;
      }
    }
  }
}

}  // namespace kerf::refs
