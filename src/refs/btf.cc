// Type records of Linux's BPF type format (Documentation/bpf/btf.rst of the kernel). Names are
// offsets into a table of strings, types are numbers in order of the records.
#include "refs/scanners.h"

namespace kerf::refs {
namespace {

constexpr uint32_t chain = 6;  // records in a row that make a place one where records start
constexpr uint32_t head = 12;  // name, info, size or type

enum BtfKind : uint32_t {
  btf_int = 1,
  btf_ptr = 2,
  btf_array = 3,
  btf_struct = 4,
  btf_union = 5,
  btf_enum = 6,
  btf_typedef = 8,
  btf_volatile = 9,
  btf_const = 10,
  btf_restrict = 11,
  btf_func = 12,
  btf_func_proto = 13,
  btf_var = 14,
  btf_datasec = 15,
  btf_float = 16,
  btf_decl_tag = 17,
  btf_type_tag = 18,
  btf_enum64 = 19,
};

uint32_t kind_of(uint32_t info) {
  return info >> 24 & 31;
}

// What follows the head of a record: members of `size` bytes each.
struct Tail {
  uint32_t count;
  uint32_t size;
};
Tail tail_of(uint32_t info) {
  const uint32_t members = info & 0xffff;
  switch (kind_of(info)) {
    case btf_int:
    case btf_var:
    case btf_decl_tag:
      return {1, 4};
    case btf_array:
      return {1, 12};
    case btf_struct:
    case btf_union:
    case btf_datasec:
    case btf_enum64:
      return {members, 12};
    case btf_enum:
    case btf_func_proto:
      return {members, 8};
    default:
      return {0, 0};
  }
}

bool refers_to_type(uint32_t kind) {
  return kind == btf_ptr || kind == btf_var || kind == btf_decl_tag || kind == btf_type_tag ||
         (kind >= btf_typedef && kind <= btf_func_proto);
}

class Btf {
 public:
  explicit Btf(Scan& scan) : scan_(scan) {
    if (scan.region.aux_region < scan.image.region_count) {
      names_size_ = scan.image.regions[scan.region.aux_region].size;
    }
  }

  void run() {
    uint32_t position = scan_.first(4);
    bool in_step = position == scan_.region.offset;
    while (position < scan_.to) {
      const uint32_t size = in_step || chain_starts(position) ? record_size(position) : 0;
      in_step = size != 0;
      if (!in_step) {
        // Inside a record that starts before the window: its members are all alike.
        position += 4;
        continue;
      }
      if (position + size > scan_.from) {
        record(position);
      }
      position += size;
    }
  }

 private:
  uint32_t word(uint32_t position) const { return load32(scan_.at(position)); }
  bool has(uint32_t position) const { return scan_.has(position, 4); }

  // 0 if there is no record at `position`.
  uint32_t record_size(uint32_t position) const {
    if (!scan_.has(position, head)) {
      return 0;
    }
    const uint32_t info = word(position + 4);
    const uint32_t kind = kind_of(info);
    if (kind == 0 || kind > btf_enum64 || (info & 0x60ff0000) != 0) {
      return 0;
    }
    if (word(position) >= names_size_) {
      return 0;
    }
    const Tail tail = tail_of(info);
    return head + tail.count * tail.size;
  }

  bool chain_starts(uint32_t position) const {
    for (uint32_t i = 0; i < chain; ++i) {
      const uint32_t size = record_size(position);
      if (size == 0) {
        return false;
      }
      if (size > scan_.window.end - position) {
        return i > 0;
      }
      position += size;
      if (!scan_.has(position, head)) {
        return i > 0;
      }
    }
    return true;
  }

  void name(uint32_t position) {
    if (!has(position) || word(position) == 0) {
      return;
    }
    scan_.counted(position, Kind::btf_name32, scan_.region.aux + word(position), scan_.region.aux,
                  scan_.region.aux_region);
  }
  void type(uint32_t position) {
    if (!has(position) || word(position) == 0) {
      return;
    }
    scan_.absolute(position, Kind::btf_type32, btf_types + word(position));
  }

  void record(uint32_t position) {
    const uint32_t info = word(position + 4);
    const uint32_t kind = kind_of(info);
    name(position);
    if (refers_to_type(kind)) {
      type(position + 8);
    }
    const Tail tail = tail_of(info);
    uint32_t member = position + head;
    for (uint32_t i = 0; i < tail.count && member < scan_.to; ++i, member += tail.size) {
      switch (kind) {
        case btf_array:
          type(member);
          type(member + 4);
          break;
        case btf_struct:
        case btf_union:
        case btf_func_proto:
          name(member);
          type(member + 4);
          break;
        case btf_enum:
        case btf_enum64:
          name(member);
          break;
        case btf_datasec:
          type(member);
          break;
        default:
          break;
      }
    }
  }

  Scan& scan_;
  uint32_t names_size_ = 0;
};

}  // namespace

void scan_btf(Scan& scan) {
  Btf(scan).run();
}

}  // namespace kerf::refs
