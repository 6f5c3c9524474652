// The tables of an ELF file that the dynamic linker reads: arrays of records of fixed size.
#include "refs/scanners.h"

namespace kerf::refs {
namespace {

// Records start before the chunk and end behind it: each field is read only where it is inside.
bool inside(const Scan& scan, uint32_t position, uint32_t size) {
  return position >= scan.window.begin && scan.has(position, size);
}

void symbol(Scan& scan, uint32_t position, Kind kind, uint64_t index, uint64_t symbol_size) {
  if (index == 0 || scan.region.aux == 0) return;
  scan.add(position, kind, scan.region.aux + index * symbol_size, scan.region.aux, Anchor::region,
           scan.region.aux_region);
}

// A 32-bit address, or 0 for none.
void address32(Scan& scan, uint32_t position, Kind kind) {
  const uint32_t value = load32(scan.at(position));
  if (value != 0 && scan.image.map.contains(value)) scan.pointer32(position, kind);
}

void rela64(Scan& scan, uint32_t record) {
  if (inside(scan, record, 8)) {
    scan.absolute(record, Kind::rela_offset64, load64(scan.at(record)));
  }
  if (inside(scan, record + 12, 4)) {
    symbol(scan, record + 12, Kind::symbol64, load32(scan.at(record + 12)), 24);
  }
  if (inside(scan, record + 16, 8)) {
    const uint64_t addend = load64(scan.at(record + 16));
    if (addend != 0 && scan.image.map.contains(addend)) {
      scan.absolute(record + 16, Kind::rela_addend64, addend);
    }
  }
}

// With addend or without: the first two words are the same.
void rel32(Scan& scan, uint32_t record, bool with_addend) {
  if (inside(scan, record, 4)) {
    scan.absolute(record, Kind::rela_offset32, load32(scan.at(record)));
  }
  if (inside(scan, record + 4, 4)) {
    symbol(scan, record + 4, Kind::symbol32, load32(scan.at(record + 4)) >> 8, 16);
  }
  if (with_addend && inside(scan, record + 8, 4)) {
    address32(scan, record + 8, Kind::rela_addend32);
  }
}

}  // namespace

void scan_rela(Scan& scan) {
  const bool wide = scan.image.pointer_size == 8;
  const uint32_t size = wide ? 24 : 12;
  for (uint32_t record = scan.first_of_chunk(size); record < scan.to; record += size) {
    if (wide) {
      rela64(scan, record);
    } else {
      rel32(scan, record, true);
    }
  }
}

void scan_rel(Scan& scan) {
  const bool wide = scan.image.pointer_size == 8;
  const uint32_t size = wide ? 16 : 8;
  for (uint32_t record = scan.first_of_chunk(size); record < scan.to; record += size) {
    if (!wide) {
      rel32(scan, record, false);
      continue;
    }
    if (inside(scan, record, 8)) {
      scan.absolute(record, Kind::rela_offset64, load64(scan.at(record)));
    }
    if (inside(scan, record + 12, 4)) {
      symbol(scan, record + 12, Kind::symbol64, load32(scan.at(record + 12)), 24);
    }
  }
}

void scan_relr(Scan& scan) {
  const uint8_t size = scan.image.pointer_size;
  for (uint32_t word = scan.first_of_chunk(size); word < scan.to; word += size) {
    if (!inside(scan, word, size)) continue;
    const uint64_t value = load_word(scan.at(word), size);
    if ((value & 1) != 0) continue;  // a bitmap of the places behind the last address
    scan.absolute(word, size == 8 ? Kind::rela_offset64 : Kind::rela_offset32, value);
  }
}

void scan_buckets(Scan& scan) {
  const bool wide = scan.image.pointer_size == 8;
  for (uint32_t word = scan.first_of_chunk(4); word < scan.to; word += 4) {
    if (!inside(scan, word, 4)) continue;
    symbol(scan, word, wide ? Kind::bucket64 : Kind::bucket32, load32(scan.at(word)),
           wide ? 24 : 16);
  }
}

void scan_dynsym(Scan& scan) {
  const bool wide = scan.image.pointer_size == 8;
  const uint32_t size = wide ? 24 : 16;
  const uint32_t value_at = wide ? 8 : 4;
  const uint32_t size_at = wide ? 16 : 8;
  const uint32_t word = scan.image.pointer_size;
  for (uint32_t record = scan.first_of_chunk(size); record < scan.to; record += size) {
    if (scan.region.aux != 0 && inside(scan, record, 4) && load32(scan.at(record)) != 0) {
      scan.counted(record, Kind::symbol_name32, scan.region.aux + load32(scan.at(record)),
                   scan.region.aux, scan.region.aux_region);
    }
    if (!inside(scan, record + value_at, word)) continue;
    uint64_t value = load_word(scan.at(record + value_at), word);
    if (value == 0 || !scan.image.map.contains(value)) continue;
    if (wide) {
      scan.absolute(record + value_at, Kind::symbol_value64, value);
    } else {
      address32(scan, record + value_at, Kind::symbol_value32);
      if (scan.image.machine == Machine::arm) value &= ~uint64_t{1};
    }
    if (!inside(scan, record + size_at, word)) continue;
    const uint64_t length = load_word(scan.at(record + size_at), word);
    if (length == 0 || !scan.image.map.contains(value + length)) continue;
    scan.add(record + size_at, wide ? Kind::size64 : Kind::size32, value + length, value,
             Anchor::previous);
  }
}

void scan_pointers(Scan& scan) {
  const uint8_t size = scan.image.pointer_size;
  const auto skew = static_cast<uint32_t>(scan.region.address & (size - 1u));
  const uint32_t origin = scan.region.offset + (skew == 0 ? 0 : size - skew);
  uint32_t word = origin;
  if (scan.from > origin) word = scan.from + (origin - scan.from) % size;
  for (; word < scan.to && scan.has(word, size); word += size) {
    const uint64_t value = load_word(scan.at(word), size);
    if (value < least_address || !scan.image.map.contains(value)) continue;
    if (size == 4) {
      scan.pointer32(word, Kind::absolute32);
    } else {
      scan.absolute(word, Kind::absolute64, value);
    }
  }
}

}  // namespace kerf::refs
