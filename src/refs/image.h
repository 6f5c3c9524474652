// What a file is when it is loaded: which machine runs it, at which addresses its bytes stand, and
// which scanner reads which part of it. Freestanding: no allocation, bounded arrays, a plain copy.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace kerf::refs {

// Numbers are wire format: append only.
enum class Machine : uint8_t {
  none = 0,
  x86_64 = 1,
  i386 = 2,
  aarch64 = 3,
  arm = 4,  // A32 and T32 alike: the scanner of each region says which
  xtensa = 5,
  riscv64 = 6,
  riscv32 = 7,
};

// What reads a region, and how. Numbers are wire format: append only. Each scanner has a chapter in
// docs/formats/sliver-scanners.md and a version (scanner_version in scan.h).
enum class Scanner : uint8_t {
  none = 0,
  x86 = 1,  // 64-bit mode if the image's pointers have 8 bytes, else 32-bit mode
  aarch64 = 2,
  a32 = 3,
  thumb = 4,
  xtensa = 5,
  riscv = 6,
  pointers = 7,       // aligned words that are addresses of the image
  rela = 8,           // ELF relocations with addend; aux: address of .dynsym
  rel = 9,            // ELF relocations without; aux: address of .dynsym
  relr = 10,          // packed relative relocations
  dynsym = 11,        // ELF symbols: value, size
  eh_frame = 12,      // DWARF unwind records, 32-bit pc-relative
  eh_frame_hdr = 13,  // their binary search table
  exidx = 14,         // ARM unwind index
  tables = 15,        // read-only data: 32-bit switch tables relative to their start, pointers
  relative = 16,      // tables of 32-bit distances from their own place
  offsets = 17,       // tables of 32-bit distances from `aux`
  btf = 18,           // type records of Linux's BPF type format; aux: address of their strings
  go_functab = 19,    // Go: pairs of offsets into text and into the table; aux: address of text
  go_functions = 20,  // Go: the records that they lead to; aux: address of text
  go_data = 21,       // Go: data of functions, with inlining trees
  anchor = 22,        // no fields: a place that fields of other regions count from
  xtensa_be = 23,     // code, big-endian
  buckets = 24,       // words that are numbers of symbols: of .gnu.hash; aux: address of .dynsym
};

inline constexpr unsigned max_segments = 24;
inline constexpr unsigned max_regions = 64;

// `file_size` bytes from `offset` in the file stand at `address` in memory, followed by bytes that
// the file does not hold, `memory_size` in all. A segment without file bytes is RAM.
struct Segment {
  uint64_t address = 0;
  uint64_t memory_size = 0;
  uint32_t offset = 0;
  uint32_t file_size = 0;
  bool executable = false;
};

// The segments of a file: all that is needed to turn offsets into addresses and back. For the old
// file it is found in its headers (recognise.h) or sent, for the new one it is always sent.
// The first segment that fits wins, in the order of the array. A view borrows its array, so that a
// device keeps no more segments than it has.
struct AddressMapView {
  const Segment* segments = nullptr;
  uint8_t count = 0;

  // The address of the byte at `offset`; false if no segment holds it.
  bool address_of(uint32_t offset, uint64_t& address) const;
  // The offset of the byte at `address`; false if the file does not hold it (RAM, .bss, outside).
  bool offset_of(uint64_t address, uint32_t& offset) const;
  // Is `address` inside any segment, RAM included? The end of a segment is inside: linkers take
  // the address of the end of things.
  bool contains(uint64_t address) const;
  // Is `address` inside the file bytes of an executable segment?
  bool executes(uint64_t address) const;
};

struct AddressMap {
  Segment segments[max_segments];
  uint8_t count = 0;

  AddressMapView view() const { return {segments, count}; }
  bool address_of(uint32_t offset, uint64_t& address) const {
    return view().address_of(offset, address);
  }
  bool offset_of(uint64_t address, uint32_t& offset) const {
    return view().offset_of(address, offset);
  }
  bool contains(uint64_t address) const { return view().contains(address); }
  bool executes(uint64_t address) const { return view().executes(address); }
};

// A part of the file that one scanner reads. Regions are sorted by offset and do not overlap.
struct Region {
  uint64_t address = 0;  // of its first byte
  uint64_t aux = 0;      // see Scanner
  uint32_t offset = 0;
  uint32_t size = 0;
  Scanner scanner = Scanner::none;
  uint8_t version = 0;
  uint8_t aux_region = 0;  // index of the region that `aux` is the address of
};

// What scanners know of an image. Borrows its arrays.
struct ImageView {
  Machine machine = Machine::none;
  uint8_t pointer_size = 0;  // 4 or 8
  uint8_t region_count = 0;
  AddressMapView map;
  const Region* regions = nullptr;

  // Are addresses large numbers, so that a word in the range of the image is likely to be one?
  bool plain_addresses() const;
  // All address arithmetic is modulo this plus one.
  uint64_t address_mask() const { return pointer_size == 8 ? ~uint64_t{0} : 0xffffffffu; }
};

struct Image {
  Machine machine = Machine::none;
  uint8_t pointer_size = 0;  // 4 or 8
  uint8_t region_count = 0;
  AddressMap map;
  Region regions[max_regions];

  ImageView view() const { return {machine, pointer_size, region_count, map.view(), regions}; }
  bool plain_addresses() const { return view().plain_addresses(); }
  uint64_t address_mask() const { return view().address_mask(); }
};

// What a decoder must know of the new file, sent in the patch: its segments, and where those
// regions of the old file have gone that fields use as their base (Anchor::region in field.h).
struct Destination {
  AddressMap map;
  uint64_t region_address[max_regions] = {};  // by index of the old region; 0 where never asked for
};

// Is everything of this image, which may come from a patch, inside a file of `file_size` bytes and
// in the order that scanners rely on (sizes, sorted disjoint regions, known scanners and versions)?
bool valid(const ImageView& image, uint32_t file_size);
bool valid(const AddressMapView& map, uint32_t file_size);
inline bool valid(const Image& image, uint32_t file_size) {
  return valid(image.view(), file_size);
}
inline bool valid(const AddressMap& map, uint32_t file_size) {
  return valid(map.view(), file_size);
}

// Does any field of region `index` use its address as a base? Then the patch must send
// Destination::region_address for it.
bool is_anchor(const Image& image, unsigned index);

// For encoders: pairs the regions of both files (the n-th of a scanner with the n-th of the same
// scanner) and fills `destination` from the image recognised in the new file.
void describe_destination(const Image& old_image, const Image& new_image, Destination& destination);

}  // namespace kerf::refs
