// What the bytes of x86 instructions say about the bytes behind them. Internal to refs.
#pragma once

#include <stdint.h>

namespace kerf::refs {

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
inline constexpr char map_one_32[] =
    "mmmmiI..mmmmiI.0"
    "mmmmiI..mmmmiI.."
    "mmmmiIp.mmmmiIp."
    "mmmmiIp.mmmmiIp."
    "................"
    "................"
    "..VmppppIzib...."
    "jjjjjjjjjjjjjjjj"
    "bzbbmmmmmmmmmmmm"
    "..........f....."
    "oooo....iI......"
    "iiiiiiiivvvvvvvv"
    "bbw.VVbze.w..i.."
    "mmmmii..mmmmmmmm"
    "jjjjiiiiJJfj...."
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
static_assert(sizeof map_one_64 == 257 && sizeof map_one_32 == 257 && sizeof map_two == 257);

// The same for instructions without prefixes but REX, which are most: 4 is the size of an
// immediate, has_modrm a flag; irregular forms take the long way.
inline constexpr uint8_t immediate_bytes = 7;
inline constexpr uint8_t has_modrm_byte = 8;
inline constexpr uint8_t irregular = 16;

constexpr uint8_t shape_of(char form) {
  switch (form) {
    case '.':
      return 0;
    case 'm':
      return has_modrm_byte;
    case 'b':
      return has_modrm_byte | 1;
    case 'z':
      return has_modrm_byte | 4;
    case 'i':
    case 'j':
      return 1;
    case 'I':
    case 'J':
      return 4;
    default:
      return irregular;
  }
}

struct Shapes {
  uint8_t of[256];
};
constexpr Shapes shapes_of(const char* map) {
  Shapes shapes{};
  for (unsigned i = 0; i < 256; ++i) {
    shapes.of[i] = shape_of(map[i]);
  }
  return shapes;
}
inline constexpr Shapes one_64 = shapes_of(map_one_64);
inline constexpr Shapes one_32 = shapes_of(map_one_32);
inline constexpr Shapes two = shapes_of(map_two);

// What follows a modrm byte: bytes of displacement, and whether a SIB byte comes first.
inline constexpr uint8_t displacement_bytes = 7;
inline constexpr uint8_t has_sib_byte = 8;
constexpr Shapes operands_of_modrm() {
  Shapes shapes{};
  for (unsigned modrm = 0; modrm < 256; ++modrm) {
    const unsigned mode = modrm >> 6;
    const unsigned base = modrm & 7;
    const bool sib = mode != 3 && base == 4;
    const bool four = mode == 2 || (mode == 0 && base == 5);
    shapes.of[modrm] = static_cast<uint8_t>((mode == 1 ? 1
                                             : four    ? 4
                                                       : 0) |
                                            (sib ? has_sib_byte : 0));
  }
  return shapes;
}
inline constexpr Shapes operands = operands_of_modrm();

}  // namespace kerf::refs
