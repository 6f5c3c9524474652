// A field is a place in the old file that says where something else is: a branch displacement, an
// address, an index. If both ends of it are known to have moved, its new bytes are known as well.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "refs/image.h"

namespace kerf::refs {

// How the bytes of a field encode its target, and what role it plays (statistics are kept by kind,
// so that equal encodings of unlike habits have kinds of their own). Numbers are wire format, as
// contexts depend on them: append only. Each has a line in docs/formats/sliver-scanners.md.
enum class Kind : uint8_t {
  none = 0,
  // Data.
  absolute32 = 1,  // the address
  absolute64 = 2,
  relative32 = 3,  // target - base
  size32 = 4,      // likewise, and the base is where a thing begins that ends at the target
  size64 = 5,
  prel31 = 6,          // likewise in bits 0 to 30
  symbol64 = 7,        // (target - base) / 24: index of an ELF64 symbol
  symbol32 = 8,        // (target - base) / 16 in bits 8 to 31: index of an ELF32 symbol
  thumb_pointer = 9,   // address of a Thumb function: bit 0 is kept
  rela_offset64 = 10,  // r_offset: as absolute64
  rela_addend64 = 11,  // r_addend: as absolute64
  rela_offset32 = 12,
  rela_addend32 = 13,
  switch32 = 14,  // entry of a jump table: as relative32
  unwind32 = 15,  // start of an FDE, entry of .eh_frame_hdr: as relative32
  symbol_value64 = 16,
  symbol_value32 = 17,
  cie_distance32 = 18,  // base - target: from an FDE back to its CIE
  offset32 = 19,        // target - base, never negative
  btf_name32 = 20,      // likewise: offset of a name in BTF strings
  btf_type32 = 21,      // number of a BTF type: target - btf_types
  symbol_name32 = 22,   // likewise: offset of a name in .dynstr
  absolute32_be = 23,   // the address, big-endian
  // x86: all are 32-bit displacements from the end of the instruction.
  x86_call = 24,
  x86_jump = 25,
  x86_branch = 26,
  x86_rip = 27,  // memory operand, read or written
  x86_lea = 28,
  x86_short = 29,    // 8-bit displacement
  x86_address = 30,  // not a displacement: an address, sign-extended
  // AArch64.
  a64_call = 32,     // BL, 26 bits
  a64_jump = 33,     // B
  a64_branch = 34,   // B.cond, CBZ, CBNZ: 19 bits
  a64_test = 35,     // TBZ, TBNZ: 14 bits
  a64_page = 36,     // ADRP; the target is the full address where a low part was found
  a64_add = 37,      // low 12 bits in ADD
  a64_load = 38,     // low 12 bits in a load or store, scaled
  a64_adr = 39,      // 21 bits
  a64_literal = 40,  // LDR literal: 19 bits
  // A32.
  a32_call = 48,      // BL, BLX: 24 bits
  a32_jump = 49,      // B, conditional or not
  a32_literal = 50,   // LDR rt, [pc, #+-imm12]
  a32_movw = 51,      // low half of an address
  a32_movt = 52,      // high half
  a32_adr = 53,       // ADD or SUB rd, pc, #modified immediate
  a32_plt_add = 54,   // bits 12 to 19 of a distance, in ADD ip, ip, #imm of a .plt entry
  a32_plt_load = 55,  // bits 0 to 11, in LDR pc, [ip, #imm]! behind it
  // T32.
  thumb_call = 64,    // BL, BLX: 24 bits
  thumb_jump = 65,    // B.W: 24 bits
  thumb_branch = 66,  // B<cond>.W: 20 bits
  thumb_branch8 = 67,
  thumb_jump11 = 68,
  thumb_cbz = 69,
  thumb_literal8 = 70,  // LDR rt, [pc, #imm8 * 4]
  thumb_literal12 = 71,
  thumb_adr8 = 72,
  thumb_movw = 73,
  thumb_movt = 74,
  // Xtensa.
  xtensa_call = 80,  // CALL0 to CALL12: 18 bits, words
  xtensa_jump = 81,  // J: 18 bits
  xtensa_l32r = 82,  // 16 bits, negative words
  xtensa_branch8 = 83,
  xtensa_branch12 = 84,
  xtensa_be_call = 85,  // the same on big-endian machines
  xtensa_be_jump = 86,
  xtensa_be_l32r = 87,
  xtensa_be_branch8 = 88,
  xtensa_be_branch12 = 89,
  // RISC-V.
  riscv_jal = 96,
  riscv_branch = 97,
  riscv_hi20 = 98,      // AUIPC of a pair: target is the full address
  riscv_lo12i = 99,     // low part in an I-type instruction; base is the AUIPC
  riscv_lo12s = 100,    // in an S-type instruction
  riscv_jump11 = 101,   // C.J, C.JAL
  riscv_branch8 = 102,  // C.BEQZ, C.BNEZ
  riscv_lui = 103,      // absolute pairs: as hi20 and lo12 with base 0
  riscv_call = 104,     // AUIPC + JALR side by side, one field of 8 bytes
  // Go.
  go_offset32 = 112,  // target - base
  go_index32 = 113,   // (target - base) / 4
  // ELF hash tables: numbers of symbols.
  bucket64 = 114,  // (target - base) / 24
  bucket32 = 115,  // (target - base) / 16
};
inline constexpr unsigned kind_count = 128;

// Things that are numbered and have no address get one that no image has, so that learning works on
// them as on others: number n of BTF's types stands at btf_types + n.
inline constexpr uint64_t btf_types = 0x6000000060000000;

// What becomes of a field's base in the new file.
enum class Anchor : uint8_t {
  none = 0,      // there is no base (it is 0)
  self = 1,      // it keeps its distance to the field: address of the field's new place, plus
                 // (base - address of its old place)
  region = 2,    // it is the start of region `Field::region`: Destination::region_address[region]
  previous = 3,  // it is the target of the previous field of the same chunk: take what that one
                 // turned out to be, if it is known, else map `base`
  mapped = 4,    // it stands elsewhere: map `base` like a target
};

struct Field {
  uint64_t target = 0;    // what it points to in the old file
  uint64_t base = 0;      // relative to which address; see Anchor
  uint32_t position = 0;  // offset in the old file
  Kind kind = Kind::none;
  uint8_t width = 0;  // bytes: 1, 2, 3, 4 or 8
  Anchor anchor = Anchor::none;
  uint8_t region = 0;  // the region that it was found in, but with Anchor::region: its base
};

inline constexpr unsigned max_field_width = 8;

// Writes to `out` (`width` bytes) what a field of this kind becomes that was `old_bytes` in the old
// file, with this target and base in the new one. Bits that are no part of the reference are kept.
// Defined for any argument: what does not fit is cut off. `out` may be `old_bytes`.
void place(Kind kind, const uint8_t* old_bytes, uint64_t new_target, uint64_t new_base,
           uint8_t* out);

// The inverse: the target of the field whose bytes in the new file are `new_bytes`. `predicted`
// fills in what the field does not say (the page of a low part). False if the bytes are no field
// of that kind (another instruction); `target` is then untouched. `address_mask`: of the image.
bool extract(Kind kind, const uint8_t* new_bytes, uint64_t new_base, uint64_t predicted,
             uint64_t address_mask, uint64_t& target);

// Bytes of a field of this kind; 0 if there is no such kind.
uint8_t width_of(Kind kind);

}  // namespace kerf::refs
