// What Go knows about its functions at run time (runtime/symtab.go and runtime/runtime2.go of Go
// 1.20 and later): .gopclntab in its parts, each a region of its own. The order of the regions in
// the file is: names, compilation units, files, pc tables, functab, functions, data.
#include "refs/scanners.h"

namespace kerf::refs {
namespace {

constexpr uint32_t none = 0xffffffff;

// Offsets in a function's record.
constexpr uint32_t at_name = 4;
constexpr uint32_t at_tables = 16;  // stack, file, line: offsets into the pc tables
constexpr uint32_t at_table_count = 28;
constexpr uint32_t at_unit = 32;
constexpr uint32_t at_data_count = 43;
constexpr uint32_t head = 44;
constexpr uint32_t chain = 3;  // records in a row that make a place one where records start
constexpr uint32_t most = 32;  // tables or data of one function

class Functions {
 public:
  explicit Functions(Scan& scan) : scan_(scan) {}

  void run() {
    if (!parts_are_there()) {
      return;
    }
    uint32_t position = scan_.first(4);
    bool in_step = position == scan_.region.offset;
    while (position < scan_.to) {
      const uint32_t size = in_step || chain_starts(position) ? record_size(position) : 0;
      in_step = size != 0;
      if (in_step && position + size > scan_.from) {
        record(position);
      }
      position += in_step ? size : 4;
    }
  }

 private:
  const Region& part(unsigned back) const {
    return scan_.image.regions[scan_.region_index() - back];
  }
  // Regions are counted back from that of the records.
  static constexpr unsigned names = 5;
  static constexpr unsigned units = 4;
  static constexpr unsigned tables = 2;

  bool parts_are_there() const {
    return scan_.region_index() >= names && part(names).scanner == Scanner::anchor &&
           part(units).scanner == Scanner::offsets && part(tables).scanner == Scanner::anchor;
  }

  uint32_t word(uint32_t position) const { return load32(scan_.at(position)); }

  // 0 if there is no record at `position`. Records start at multiples of the pointer size.
  uint32_t record_size(uint32_t position) const {
    if (!scan_.has(position, head)) {
      return 0;
    }
    const uint32_t table_count = word(position + at_table_count);
    const uint32_t data_count = *scan_.at(position + at_data_count);
    if (table_count > most || data_count > most || word(position + at_name) >= part(names).size ||
        !scan_.image.map.executes(scan_.mask(scan_.region.aux + word(position)))) {
      return 0;
    }
    for (uint32_t i = 0; i < 3; ++i) {
      if (word(position + at_tables + 4 * i) >= part(tables).size) {
        return 0;
      }
    }
    const uint32_t size = head + 4 * (table_count + data_count);
    const uint32_t align = scan_.image.pointer_size;
    return (size + align - 1) / align * align;
  }

  bool chain_starts(uint32_t position) const {
    for (uint32_t i = 0; i < chain; ++i) {
      const uint32_t size = record_size(position);
      if (size == 0) {
        return false;
      }
      const uint32_t next = position + size;
      if (!scan_.has(next, head)) {
        return true;
      }
      if (word(next) <= word(position)) {
        return false;
      }
      position = next;
    }
    return true;
  }

  void offset(uint32_t position, const Region& base, unsigned index) {
    if (!scan_.has(position, 4)) {
      return;
    }
    scan_.counted(position, Kind::go_offset32, base.address + word(position), base.address,
                  static_cast<uint8_t>(index));
  }
  void table(uint32_t position) {
    if (scan_.has(position, 4) && word(position) != 0) {
      offset(position, part(tables), scan_.region_index() - tables);
    }
  }

  void record(uint32_t position) {
    const uint8_t text = scan_.region.aux_region;
    scan_.counted(position, Kind::go_offset32, scan_.region.aux + word(position), scan_.region.aux,
                  text);
    offset(position + at_name, part(names), scan_.region_index() - names);
    for (uint32_t i = 0; i < 3; ++i) {
      table(position + at_tables + 4 * i);
    }
    if (word(position + at_unit) != none) {
      const uint64_t base = part(units).address;
      scan_.counted(position + at_unit, Kind::go_index32,
                    base + uint64_t{word(position + at_unit)} * 4, base,
                    static_cast<uint8_t>(scan_.region_index() - units));
    }
    uint32_t next = position + head;
    for (uint32_t i = word(position + at_table_count); i > 0; --i, next += 4) {
      table(next);
    }
    const unsigned data = scan_.region_index() + 1u;
    if (data >= scan_.image.region_count || scan_.image.regions[data].scanner != Scanner::go_data) {
      return;
    }
    for (uint32_t i = *scan_.at(position + at_data_count); i > 0; --i, next += 4) {
      if (scan_.has(next, 4) && word(next) != none) {
        offset(next, scan_.image.regions[data], data);
      }
    }
  }

  Scan& scan_;
};

}  // namespace

void scan_go_functab(Scan& scan) {
  for (uint32_t entry = scan.first_of_chunk(4); entry < scan.to; entry += 4) {
    if (entry < scan.window.begin || !scan.has(entry, 4)) {
      continue;
    }
    const uint32_t value = load32(scan.at(entry));
    if ((entry - scan.region.offset) % 8 == 0) {
      scan.counted(entry, Kind::go_offset32, scan.region.aux + value, scan.region.aux,
                   scan.region.aux_region);
    } else {
      scan.counted(entry, Kind::go_offset32, scan.region.address + value, scan.region.address,
                   scan.region_index());
    }
  }
}

void scan_go_functions(Scan& scan) {
  Functions(scan).run();
}

// Inlining trees: records of kind of function, name, pc of the caller, line.
void scan_go_data(Scan& scan) {
  constexpr unsigned names = 6;
  constexpr uint32_t size = 16;
  constexpr uint32_t most_kinds = 32;
  constexpr uint32_t least_name = 64;
  constexpr uint32_t longest_function = 1u << 20;
  constexpr uint32_t most_lines = 1u << 17;
  if (scan.region_index() < names) {
    return;
  }
  const auto index = static_cast<uint8_t>(scan.region_index() - names);
  const Region& base = scan.image.regions[index];
  uint32_t position = scan.first(4);
  while (position < scan.to && scan.has(position, size)) {
    const uint32_t name = load32(scan.at(position + 4));
    if (load32(scan.at(position)) < most_kinds && name >= least_name && name < base.size &&
        load32(scan.at(position + 8)) < longest_function &&
        load32(scan.at(position + 12)) < most_lines) {
      scan.counted(position + 4, Kind::go_offset32, base.address + name, base.address, index);
      position += size;
    } else {
      position += 4;
    }
  }
}

}  // namespace kerf::refs
