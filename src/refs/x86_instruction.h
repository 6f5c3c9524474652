// The lengths and operands of x86 instructions. Internal to refs.
#pragma once

#include "refs/scanners.h"

namespace kerf::refs::x86 {

// What follows an opcode. Letters: . nothing, m modrm, b modrm and imm8, z modrm and imm16/32,
// i imm8, I imm16/32, w imm16, j rel8, J rel32, p prefix, o address, v imm of operand size,
// e imm16 and imm8, f far address, t T group 3 (immediate if reg < 2), V wide prefix or (in 32-bit
// mode) modrm, 0 second map, 8 and a third maps, x no instruction.
inline constexpr char map_one_64[] =
    "mmmmiIxxmmmmiIx0"
    "mmmmiIxxmmmmiIxx"
    "mmmmiIpxmmmmiIpx"
    "mmmmiIpxmmmmiIpx"
    "pppppppppppppppp"
    "................"
    "xxVmppppIzib...."
    "jjjjjjjjjjjjjjjj"
    "bzxbmmmmmmmmmmmm"
    "..........x....."
    "oooo....iI......"
    "iiiiiiiivvvvvvvv"
    "bbw.VVbze.w..ix."
    "mmmmxxx.mmmmmmmm"
    "jjjjiiiiJJxj...."
    "p.pp..tT......mm";
inline constexpr char map_two[] =
    "mmmmx.....x.xm.b"
    "mmmmmmmmmmmmmmmm"
    "mmmmxxxxmmmmmmmm"
    "......x.8xaxxxxx"
    "mmmmmmmmmmmmmmmm"
    "mmmmmmmmmmmmmmmm"
    "mmmmmmmmmmmmmmmm"
    "bbbbmmm.mmxxmmmm"
    "JJJJJJJJJJJJJJJJ"
    "mmmmmmmmmmmmmmmm"
    "...mbmxx...mbmmm"
    "mmmmmmmmmmbmmmmm"
    "mmbmbbbm........"
    "mmmmmmmmmmmmmmmm"
    "mmmmmmmmmmmmmmmm"
    "mmmmmmmmmmmmmmmm";
static_assert(sizeof map_one_64 == 257 && sizeof map_two == 257);

inline constexpr uint32_t longest = 15;

struct Instruction {
  uint32_t length = 0;  // 0: none
  uint8_t opcode = 0;
  uint8_t map = 1;
  bool has_modrm = false;
  uint8_t modrm = 0;
  bool has_sib = false;
  uint8_t sib = 0;
  uint32_t displacement = 0;  // offset from the start of the instruction, with its size
  uint32_t displacement_size = 0;
  uint32_t immediate = 0;
  uint32_t immediate_size = 0;
};

// Decodes the instruction at `at`, of which `size` bytes are there.
Instruction decode(const uint8_t* at, uint32_t size, bool long_mode);

// What decode() does with an opcode behind at most one REX prefix, where that is simple: the size
// of the immediate in the lower four bits, and flags.
inline constexpr uint8_t takes_modrm = 0x10;
inline constexpr uint8_t takes_if_test = 0x20;  // group 3: an immediate if modrm's reg is below 2
inline constexpr uint8_t takes_wide = 0x40;     // eight bytes with REX.W
inline constexpr uint8_t not_simple = 0x80;
inline constexpr uint8_t escapes = 0xc0;  // to the second map

struct SimpleForms {
  uint8_t one[256];
  uint8_t two[256];

  static constexpr uint8_t simple(char form) {
    switch (form) {
      case '.':
        return 0;
      case 'm':
        return takes_modrm;
      case 'b':
        return takes_modrm | 1;
      case 'z':
        return takes_modrm | 4;
      case 'i':
      case 'j':
        return 1;
      case 'I':
      case 'J':
        return 4;
      case 'v':
        return takes_wide | 4;
      case 't':
        return takes_modrm | takes_if_test | 1;
      case 'T':
        return takes_modrm | takes_if_test | 4;
      case '0':
        return escapes;
      default:
        return not_simple;
    }
  }
  constexpr SimpleForms() : one{}, two{} {
    for (unsigned i = 0; i < 256; ++i) {
      one[i] = simple(map_one_64[i]);
      two[i] = simple(map_two[i]);
    }
  }
};
inline constexpr SimpleForms simple_forms;

// What decode() finds in 64-bit code at `at`, where at least `longest` bytes are, if it is one of
// the simple instructions that most are; else false.
inline bool decode_simple(const uint8_t* const at, Instruction& found) {
  uint32_t position = 0;
  uint8_t opcode = at[position++];
  bool wide = false;
  if ((opcode & 0xf0) == 0x40) {
    wide = (opcode & 8) != 0;
    opcode = at[position++];
  }
  uint8_t form = simple_forms.one[opcode];
  found.map = 1;
  if (form == escapes) {
    opcode = at[position++];
    form = simple_forms.two[opcode];
    found.map = 2;
  }
  if ((form & not_simple) != 0) {
    return false;
  }
  found.opcode = opcode;
  found.displacement_size = 0;
  uint32_t immediate = form & 15;
  if ((form & takes_modrm) != 0) {
    const uint8_t modrm = at[position++];
    const unsigned mode = modrm >> 6;
    const unsigned base = modrm & 7;
    found.modrm = modrm;
    if (mode != 3) {
      const bool sib = base == 4;
      const unsigned based = sib ? at[position++] & 7U : base;
      const uint32_t size = mode == 1 ? 1 : mode == 2 || based == 5 ? 4 : 0;
      found.displacement = position;
      found.displacement_size = size;
      position += size;
    }
    if ((form & takes_if_test) != 0 && (modrm & 0x30) != 0) {
      immediate = 0;
    }
  }
  if ((form & takes_wide) != 0 && wide) {
    immediate = 8;
  }
  found.immediate = position;
  found.immediate_size = immediate;
  found.length = position + immediate;
  return true;
}

}  // namespace kerf::refs::x86
