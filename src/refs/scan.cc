#include "refs/scan.h"

#include "refs/config.h"
#include "refs/scanners.h"

namespace kerf::refs {
namespace {

uint32_t larger(uint32_t a, uint32_t b) {
  return a > b ? a : b;
}
uint32_t smaller(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

struct Entry {
  uint8_t version;
  void (*scan)(Scan&);
};

// The linker drops the scanners that a build leaves out.
template <Scanner scanner>
Entry entry([[maybe_unused]] uint8_t version, [[maybe_unused]] void (*scan)(Scan&)) {
  if constexpr (included(scanner)) return {version, scan};
  return {0, nullptr};
}

Entry entry_of(Scanner scanner) {
  switch (scanner) {
    case Scanner::x86:
      return entry<Scanner::x86>(1, scan_x86);
    case Scanner::aarch64:
      return entry<Scanner::aarch64>(1, scan_aarch64);
    case Scanner::a32:
      return entry<Scanner::a32>(1, scan_a32);
    case Scanner::thumb:
      return entry<Scanner::thumb>(1, scan_thumb);
    case Scanner::xtensa:
      return entry<Scanner::xtensa>(1, scan_xtensa);
    case Scanner::xtensa_be:
      return entry<Scanner::xtensa_be>(1, scan_xtensa_be);
    case Scanner::riscv:
      return entry<Scanner::riscv>(1, scan_riscv);
    case Scanner::pointers:
      return entry<Scanner::pointers>(1, scan_pointers);
    case Scanner::rela:
      return entry<Scanner::rela>(1, scan_rela);
    case Scanner::rel:
      return entry<Scanner::rel>(1, scan_rel);
    case Scanner::relr:
      return entry<Scanner::relr>(1, scan_relr);
    case Scanner::dynsym:
      return entry<Scanner::dynsym>(1, scan_dynsym);
    case Scanner::buckets:
      return entry<Scanner::buckets>(1, scan_buckets);
    case Scanner::eh_frame:
      return entry<Scanner::eh_frame>(1, scan_eh_frame);
    case Scanner::eh_frame_hdr:
      return entry<Scanner::eh_frame_hdr>(1, scan_eh_frame_hdr);
    case Scanner::exidx:
      return entry<Scanner::exidx>(1, scan_exidx);
    case Scanner::tables:
      return entry<Scanner::tables>(1, scan_tables);
    case Scanner::relative:
      return entry<Scanner::relative>(1, scan_relative);
    case Scanner::offsets:
      return entry<Scanner::offsets>(1, scan_offsets);
    case Scanner::btf:
      return entry<Scanner::btf>(1, scan_btf);
    case Scanner::go_functab:
      return entry<Scanner::go_functab>(1, scan_go_functab);
    case Scanner::go_functions:
      return entry<Scanner::go_functions>(1, scan_go_functions);
    case Scanner::go_data:
      return entry<Scanner::go_data>(1, scan_go_data);
    case Scanner::anchor:
      return entry<Scanner::anchor>(1, scan_nothing);
    default:
      return {0, nullptr};
  }
}

}  // namespace

void Scan::add(uint32_t position, Kind kind, uint64_t target, uint64_t base, Anchor anchor,
               uint8_t region_index) {
  const uint8_t width = width_of(kind);
  if (position < from || position > to || width > to - position) {
    return;
  }
  if (out_.count > 0) {
    const Field& last = out_.fields[out_.count - 1];
    if (position < last.position + last.width) {
      return;
    }
  }
  if (out_.count >= out_.capacity) {
    return;
  }
  Field& field = out_.fields[out_.count++];
  field.target = mask(target);
  field.base = mask(base);
  field.position = position;
  field.kind = kind;
  field.width = width;
  field.anchor = anchor;
  field.region = region_index;
}

void scan_nothing(Scan& /*scan*/) {}

uint8_t scanner_version(Scanner scanner) {
  return entry_of(scanner).version;
}

void window_of(const Geometry& geometry, uint32_t index, uint32_t file_size, uint32_t& begin,
               uint32_t& end) {
  const uint64_t from = static_cast<uint64_t>(index) << geometry.chunk_bits;
  const uint64_t to = from + (uint64_t{1} << geometry.chunk_bits) + geometry.after;
  begin = from > geometry.before ? static_cast<uint32_t>(from - geometry.before) : 0;
  end = to < file_size ? static_cast<uint32_t>(to) : file_size;
}

bool scan_chunk(const ImageView& image, const Geometry& geometry, uint32_t index,
                uint32_t file_size, const Window& window, FieldList& out) {
  uint32_t begin = 0;
  uint32_t end = 0;
  window_of(geometry, index, file_size, begin, end);
  if (window.begin > begin || window.end < end || out.capacity < geometry.capacity) {
    return false;
  }
  out.count = 0;
  FieldList list{out.fields, geometry.capacity, 0};
  const uint32_t from = index << geometry.chunk_bits;
  const uint32_t to = static_cast<uint32_t>(
      static_cast<uint64_t>(from) + (uint64_t{1} << geometry.chunk_bits) < file_size
          ? from + (uint32_t{1} << geometry.chunk_bits)
          : file_size);
  for (unsigned i = 0; i < image.region_count; ++i) {
    const Region& region = image.regions[i];
    const uint32_t region_end = region.offset + region.size;
    if (region_end <= from) {
      continue;
    }
    if (region.offset >= to) {
      break;
    }
    const Entry entry = entry_of(region.scanner);
    if (entry.scan == nullptr) {
      continue;
    }
    Window part;
    part.begin = larger(begin, region.offset);
    part.end = smaller(end, region_end);
    part.bytes = window.bytes + (part.begin - window.begin);
    Scan scan(image, i, part, larger(from, region.offset), smaller(to, region_end), list);
    entry.scan(scan);
  }
  out.count = list.count;
  return true;
}

}  // namespace kerf::refs
