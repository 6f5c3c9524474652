// Data: jump tables whose 32-bit entries are relative to the start of the table, distances from
// their own place or from a fixed one, addresses.
#include "refs/scanners.h"

namespace kerf::refs {
namespace {

constexpr uint32_t least_entries = 4;
constexpr uint64_t smallest_address = 0x10000;

// The end of the jump table that starts at `start`: entries lead into code.
uint32_t table_end(const Scan& scan, uint32_t start) {
  uint32_t entry = start;
  while (scan.has(entry, 4)) {
    const uint64_t target = scan.address(start) + sign_extend(load32(scan.at(entry)), 32);
    if (!scan.image.map.executes(scan.mask(target))) {
      break;
    }
    entry += 4;
  }
  return entry;
}

}  // namespace

void scan_tables(Scan& scan) {
  const uint8_t size = scan.image.pointer_size;
  uint32_t position = scan.first(4);
  while (position < scan.to && scan.has(position, 4)) {
    if (static_cast<uint32_t>(scan.address(position)) % size == 0 && scan.has(position, size)) {
      const uint64_t value = load_word(scan.at(position), size);
      if (value >= smallest_address && scan.image.map.contains(value)) {
        scan.absolute(position, size == 8 ? Kind::absolute64 : Kind::absolute32, value);
        position += size;
        continue;
      }
    }
    const uint32_t end = table_end(scan, position);
    if (end - position < 4 * least_entries) {
      position += 4;
      continue;
    }
    const uint64_t base = scan.address(position);
    for (; position < end; position += 4) {
      scan.relative(position, Kind::switch32, base + sign_extend(load32(scan.at(position)), 32),
                    base);
    }
  }
}

void scan_relative(Scan& scan) {
  constexpr uint32_t least_distance = 4096;    // smaller ones are numbers of something else
  constexpr uint32_t upper_half = 0xffff8000;  // of a kernel's address
  for (uint32_t word = scan.first_of_chunk(4); word < scan.to; word += 4) {
    if (word < scan.window.begin || !scan.has(word, 4)) {
      continue;
    }
    const uint32_t value = load32(scan.at(word));
    const uint32_t magnitude = value < 0x80000000u ? value : 0u - value;
    if (magnitude < least_distance || value == upper_half) {
      continue;
    }
    const uint64_t base = scan.address(word);
    const uint64_t target = scan.mask(base + sign_extend(value, 32));
    if (scan.image.map.contains(target)) {
      scan.relative(word, Kind::relative32, target, base);
    }
  }
}

void scan_offsets(Scan& scan) {
  for (uint32_t word = scan.first_of_chunk(4); word < scan.to; word += 4) {
    if (word < scan.window.begin || !scan.has(word, 4)) {
      continue;
    }
    const uint64_t target = scan.mask(scan.region.aux + load32(scan.at(word)));
    if (scan.image.map.contains(target)) {
      scan.counted(word, Kind::offset32, target, scan.region.aux, scan.region.aux_region);
    }
  }
}

}  // namespace kerf::refs
