#include "refs/recognise.h"

#include "refs/recognisers.h"

namespace kerf::refs {

bool recognise(const Reader& file, Image& image) {
  bool (*const recognisers[])(const Reader&, Image&) = {recognise_elf, recognise_esp, recognise_pe};
  for (const auto recogniser : recognisers) {
    image = Image{};
    if (recogniser(file, image)) {
      return valid(image, file.size);
    }
  }
  return false;
}

void describe_raw(Machine machine, Scanner scanner, uint64_t base, uint32_t size, uint64_t ram,
                  uint64_t ram_size, Image& image) {
  image = Image{};
  image.machine = machine;
  const bool wide =
      machine == Machine::x86_64 || machine == Machine::aarch64 || machine == Machine::riscv64;
  image.pointer_size = wide ? 8 : 4;
  add_segment(image, {base, size, 0, size, true});
  if (ram_size > 0) {
    add_segment(image, {ram, ram_size, 0, 0, false});
  }
  add_region(image, scanner, 0, size, base);
}

bool add_segment(Image& image, const Segment& segment) {
  if (image.map.count >= max_segments) {
    return false;
  }
  image.map.segments[image.map.count++] = segment;
  return true;
}

Region* add_region(Image& image, Scanner scanner, uint32_t offset, uint32_t size,
                   uint64_t address) {
  const uint8_t version = scanner_version(scanner);
  if (version == 0 || size == 0 || image.region_count >= max_regions) {
    return nullptr;
  }
  unsigned place = image.region_count;
  while (place > 0 && image.regions[place - 1].offset > offset) {
    --place;
  }
  if (place > 0 && image.regions[place - 1].size > offset - image.regions[place - 1].offset) {
    return nullptr;
  }
  if (place < image.region_count && image.regions[place].offset - offset < size) {
    return nullptr;
  }
  for (unsigned i = image.region_count; i > place; --i) {
    image.regions[i] = image.regions[i - 1];
  }
  ++image.region_count;
  Region& region = image.regions[place];
  region = Region{};
  region.address = address;
  region.offset = offset;
  region.size = size;
  region.scanner = scanner;
  region.version = version;
  return &region;
}

void link_region(Image& image, Region& region, uint64_t address) {
  region.aux = 0;
  region.aux_region = 0;
  for (uint8_t i = 0; i < image.region_count; ++i) {
    if (image.regions[i].address == address && address != 0) {
      region.aux = address;
      region.aux_region = i;
    }
  }
}

}  // namespace kerf::refs
