// What the scanners share, one function each; scan.cc calls the right one. Internal to refs.
#pragma once

#include "refs/bytes.h"
#include "refs/field.h"
#include "refs/scan.h"

namespace kerf::refs {

inline constexpr uint64_t least_address = 0x1000;  // a number below is no address

// The part of one region that one call of a scanner sees, and where its fields go.
class Scan {
 public:
  Scan(const ImageView& image_, unsigned region_index, const Window& window_, uint32_t from_,
       uint32_t to_, FieldList& out)
      : image(image_),
        region(image_.regions[region_index]),
        window(window_),
        from(from_),
        to(to_),
        out_(out),
        region_(static_cast<uint8_t>(region_index)) {}

  const ImageView& image;
  const Region& region;
  const Window window;  // clipped to the region
  const uint32_t from;  // fields must start here or later
  const uint32_t to;    // and end here or earlier

  const uint8_t* at(uint32_t offset) const { return window.bytes + (offset - window.begin); }
  // Are `size` bytes from `offset` (not before the window) in the window?
  bool has(uint32_t offset, uint32_t size) const {
    return offset <= window.end && size <= window.end - offset;
  }
  // The first multiple of `step` from the start of the region that is in the window.
  uint32_t first(uint32_t step) const {
    return window.begin + (step - (window.begin - region.offset) % step) % step;
  }
  // Likewise, but the last one that is not behind the start of the chunk; may be before the window.
  uint32_t first_of_chunk(uint32_t step) const { return from - (from - region.offset) % step; }
  // Where a decoder starts that needs `lead` bytes before the chunk to fall into step: at an
  // address that is a multiple of `step`, a power of two.
  uint32_t start(uint32_t lead, uint32_t step) const {
    const uint32_t begin = from - window.begin > lead ? from - lead : window.begin;
    return begin + static_cast<uint32_t>((step - (address(begin) & (step - 1))) & (step - 1));
  }
  uint64_t address(uint32_t offset) const { return region.address + (offset - region.offset); }
  uint64_t mask(uint64_t address) const { return address & image.address_mask(); }

  // Keeps a field if it lies inside the chunk and behind the last one.
  void add(uint32_t position, Kind kind, uint64_t target, uint64_t base, Anchor anchor) {
    add(position, kind, target, base, anchor, region_);
  }
  void add(uint32_t position, Kind kind, uint64_t target, uint64_t base, Anchor anchor,
           uint8_t region_index);
  // The usual two: an absolute address; one relative to a base that moves with the field.
  void absolute(uint32_t position, Kind kind, uint64_t target) {
    add(position, kind, target, 0, Anchor::none);
  }
  void relative(uint32_t position, Kind kind, uint64_t target, uint64_t base) {
    add(position, kind, target, base, Anchor::self);
  }
  // One relative to the start of a region, `index`, that stands at `base`.
  void counted(uint32_t position, Kind kind, uint64_t target, uint64_t base, uint8_t index) {
    add(position, kind, target, base, Anchor::region, index);
  }
  // 32-bit words that are addresses; that of a Thumb function has bit 0 set.
  bool is_pointer32(uint32_t value) const {
    return value >= least_address && image.map.contains(value);
  }
  void pointer32(uint32_t position, Kind kind) {
    const uint32_t value = load32(at(position));
    if (image.machine == Machine::arm && (value & 1) != 0 && image.map.executes(value & ~1u)) {
      absolute(position, Kind::thumb_pointer, value & ~1u);
    } else {
      absolute(position, kind, value);
    }
  }
  uint8_t region_index() const { return region_; }

 private:
  FieldList& out_;
  uint8_t region_;
};

void scan_x86(Scan& scan);
void scan_aarch64(Scan& scan);
void scan_a32(Scan& scan);
void scan_thumb(Scan& scan);
void scan_xtensa(Scan& scan);
void scan_xtensa_be(Scan& scan);
void scan_riscv(Scan& scan);
void scan_pointers(Scan& scan);
void scan_rela(Scan& scan);
void scan_rel(Scan& scan);
void scan_relr(Scan& scan);
void scan_dynsym(Scan& scan);
void scan_buckets(Scan& scan);
void scan_eh_frame(Scan& scan);
void scan_eh_frame_hdr(Scan& scan);
void scan_exidx(Scan& scan);
void scan_tables(Scan& scan);
void scan_relative(Scan& scan);
void scan_offsets(Scan& scan);
void scan_btf(Scan& scan);
void scan_go_functab(Scan& scan);
void scan_go_functions(Scan& scan);
void scan_go_data(Scan& scan);
void scan_nothing(Scan& scan);

}  // namespace kerf::refs
