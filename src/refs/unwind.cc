// Unwind tables: .eh_frame and its search table, .ARM.exidx.
#include "refs/scanners.h"

namespace kerf::refs {
namespace {

constexpr uint32_t least_record = 12;
constexpr uint32_t longest_record = 4096;
constexpr uint32_t longest_function = 1u << 24;
constexpr uint32_t chain = 3;  // records in a row that make a place one where records start

// The size of the record at `position` with its length field; 0 if there is none.
uint32_t record_size(const Scan& scan, uint32_t position) {
  if (!scan.has(position, 8)) {
    return 0;
  }
  const uint32_t length = load32(scan.at(position));
  if (length < least_record || length > longest_record || length % 4 != 0) {
    return 0;
  }
  const uint32_t cie = load32(scan.at(position + 4));
  if (cie == 0) {
    return length + 4;
  }
  // An FDE says how far back its CIE is, and which code it describes, relative to the place.
  if (cie % 4 != 0 || cie > position + 4 - scan.region.offset) {
    return 0;
  }
  if (!scan.has(position, 16)) {
    return length + 4;
  }
  const uint64_t code = scan.address(position + 8) + sign_extend(load32(scan.at(position + 8)), 32);
  if (!scan.image.map.executes(scan.mask(code))) {
    return 0;
  }
  return load32(scan.at(position + 12)) < longest_function ? length + 4 : 0;
}

bool chain_starts(const Scan& scan, uint32_t position) {
  for (uint32_t i = 0; i < chain; ++i) {
    const uint32_t size = record_size(scan, position);
    if (size == 0) {
      return false;
    }
    position += size;
    if (!scan.has(position, 16)) {
      return true;
    }
  }
  return true;
}

// An FDE whose pointers are 32-bit and relative to their place, as on all common systems.
void frame(Scan& scan, uint32_t position, uint32_t size) {
  const uint64_t code_base = scan.address(position + 8);
  const uint32_t cie = load32(scan.at(position + 4));
  const uint64_t cie_base = scan.address(position + 4);
  scan.relative(position + 4, Kind::cie_distance32, cie_base - cie, cie_base);
  const uint64_t code = scan.mask(code_base + sign_extend(load32(scan.at(position + 8)), 32));
  scan.relative(position + 8, Kind::unwind32, code, code_base);
  scan.add(position + 12, Kind::size32, code + load32(scan.at(position + 12)), code,
           Anchor::previous);
  // Augmentation data of exactly one pointer: the language-specific data.
  if (size >= 21 && scan.has(position, 21) && *scan.at(position + 16) == 4) {
    const uint64_t base = scan.address(position + 17);
    const uint32_t distance = load32(scan.at(position + 17));
    const uint64_t target = scan.mask(base + sign_extend(distance, 32));
    if (distance != 0 && scan.image.map.contains(target)) {
      scan.relative(position + 17, Kind::relative32, target, base);
    }
  }
}

}  // namespace

void scan_eh_frame(Scan& scan) {
  uint32_t position = scan.first(4);
  bool in_step = scan.window.begin == scan.region.offset;
  while (position < scan.to) {
    if (!in_step && !chain_starts(scan, position)) {
      position += 4;
      continue;
    }
    const uint32_t size = record_size(scan, position);
    in_step = size != 0;
    if (!in_step) {
      position += 4;
      continue;
    }
    if (scan.has(position, 16) && load32(scan.at(position + 4)) != 0) {
      frame(scan, position, size);
    }
    position += size;
  }
}

void scan_eh_frame_hdr(Scan& scan) {
  constexpr uint32_t table = 12;  // behind: version, encodings, pointer to .eh_frame, count
  for (uint32_t entry = scan.first_of_chunk(4); entry < scan.to; entry += 4) {
    if (entry < scan.window.begin || !scan.has(entry, 4)) {
      continue;
    }
    const uint32_t inside = entry - scan.region.offset;
    const uint64_t value = sign_extend(load32(scan.at(entry)), 32);
    if (inside == 4) {
      scan.relative(entry, Kind::relative32, scan.address(entry) + value, scan.address(entry));
    } else if (inside >= table) {
      const Kind kind = (inside - table) % 8 == 0 ? Kind::unwind32 : Kind::relative32;
      scan.add(entry, kind, scan.region.address + value, scan.region.address, Anchor::region);
    }
  }
}

void scan_exidx(Scan& scan) {
  constexpr uint32_t cannot_unwind = 1;
  for (uint32_t word = scan.first_of_chunk(4); word < scan.to; word += 4) {
    if (word < scan.window.begin || !scan.has(word, 4)) {
      continue;
    }
    const uint32_t value = load32(scan.at(word));
    const bool second = ((word - scan.region.offset) & 4) != 0;
    if (second && (value == cannot_unwind || value >> 31 != 0)) {
      continue;
    }
    const uint64_t base = scan.address(word);
    scan.relative(word, Kind::prel31, base + sign_extend(value, 31), base);
  }
}

}  // namespace kerf::refs
