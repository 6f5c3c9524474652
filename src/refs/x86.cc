// x86 in 64-bit and 32-bit mode: an instruction-length decoder that walks the code, because byte
// patterns alone find too many displacements that are none. Started anywhere it falls into step
// within a few instructions.
#include "refs/scanners.h"

namespace kerf::refs {
namespace {

// What follows an opcode. Letters: . nothing, m modrm, b modrm and imm8, z modrm and imm16/32,
// i imm8, I imm16/32, w imm16, j rel8, J rel32, p prefix, o address, v imm of operand size,
// e imm16 and imm8, f far address, t T group 3 (immediate if reg < 2), V wide prefix or (in 32-bit
// mode) modrm, 0 second map, 8 and a third maps, x no instruction.
constexpr char map_one_64[] =
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
constexpr char map_one_32[] =
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
constexpr char map_two[] =
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

constexpr uint32_t longest = 15;
constexpr uint32_t lead = 256;  // bytes before the chunk in which the decoder falls into step

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
class Decoder {
 public:
  Decoder(const uint8_t* at, uint32_t size, bool long_mode)
      : at_(at), size_(size < longest ? size : longest), long_mode_(long_mode) {}

  Instruction decode() {
    char form = prefixes();
    if (form == 'V') {
      form = wide_prefix();
    }
    if (form == '0') {
      found_.map = 2;
      form = map_two[found_.opcode = next()];
    }
    if (form == '8' || form == 'a') {
      found_.map = 3;
      found_.opcode = next();
      form = form == '8' ? 'm' : 'b';
    }
    operands(form);
    if (failed_) {
      return {};
    }
    found_.length = position_;
    return found_;
  }

 private:
  uint8_t next() {
    if (position_ >= size_) {
      failed_ = true;
      return 0;
    }
    return at_[position_++];
  }

  char prefixes() {
    const char* const map = long_mode_ ? map_one_64 : map_one_32;
    for (;;) {
      found_.opcode = next();
      const char form = map[found_.opcode];
      if (form != 'p' || failed_) {
        return form;
      }
      const bool rex = long_mode_ && (found_.opcode & 0xf0) == 0x40;
      wide_ = rex && (found_.opcode & 8) != 0;  // any later legacy prefix cancels it
      if (found_.opcode == 0x66) {
        short_operand_ = true;
      }
      if (found_.opcode == 0x67) {
        short_address_ = true;
      }
    }
  }

  // VEX and EVEX. In 32-bit mode they are LES, LDS and BOUND unless modrm would say "register".
  char wide_prefix() {
    const uint8_t first = next();
    if (!long_mode_ && first < 0xc0) {
      --position_;
      return 'm';
    }
    unsigned map = 1;
    if (found_.opcode == 0xc4) {
      map = first & 31;
      (void)next();
    } else if (found_.opcode == 0x62) {
      map = first & 7;
      (void)next();
      (void)next();
    }
    if (map == 0 || map > 6 || map == 4) {
      return 'x';
    }
    found_.opcode = next();
    found_.map = map == 1 ? 2 : 3;
    if (map == 1) {
      return map_two[found_.opcode];
    }
    return map == 3 ? 'b' : 'm';
  }

  void operands(char form) {
    const uint32_t word = short_operand_ && !wide_ ? 2 : 4;
    switch (form) {
      case '.':
        return;
      case 'm':
        return memory();
      case 'b':
        memory();
        return immediate(1);
      case 'z':
        memory();
        return immediate(word);
      case 'i':
      case 'j':
        return immediate(1);
      case 'I':
        return immediate(word);
      case 'J':
        return immediate(long_mode_ ? 4 : word);
      case 'w':
        return immediate(2);
      case 'o':
        return immediate(long_mode_ ? (short_address_ ? 4 : 8) : (short_address_ ? 2 : 4));
      case 'v':
        return immediate(wide_ ? 8 : word);
      case 'e':
        return immediate(3);
      case 'f':
        return immediate(word + 2);
      case 't':
      case 'T':
        memory();
        if ((found_.modrm & 0x30) == 0) {
          immediate(form == 't' ? 1 : word);
        }
        return;
      default:
        failed_ = true;
    }
  }

  void memory() {
    if (!long_mode_ && short_address_) {
      failed_ = true;  // 16-bit addressing: nobody's code
    }
    found_.has_modrm = true;
    found_.modrm = next();
    const unsigned mode = found_.modrm >> 6;
    const unsigned base = found_.modrm & 7;
    if (mode == 3) {
      return;
    }
    if (base == 4) {
      found_.has_sib = true;
      found_.sib = next();
    }
    if (mode == 1) {
      displacement(1);
    }
    if (mode == 2 || (mode == 0 && (base == 5 || (base == 4 && (found_.sib & 7) == 5)))) {
      displacement(4);
    }
  }

  void displacement(uint32_t size) {
    found_.displacement = position_;
    found_.displacement_size = size;
    skip(size);
  }
  void immediate(uint32_t size) {
    found_.immediate = position_;
    found_.immediate_size = size;
    skip(size);
  }
  void skip(uint32_t size) {
    if (size > size_ - position_) {
      failed_ = true;
    } else {
      position_ += size;
    }
  }

  const uint8_t* at_;
  uint32_t size_;
  bool long_mode_;
  uint32_t position_ = 0;
  bool failed_ = false;
  bool wide_ = false;
  bool short_operand_ = false;
  bool short_address_ = false;
  Instruction found_;
};

// What Decoder does with an opcode behind at most one REX prefix, where that is simple: the size of
// the immediate in the lower four bits, and flags.
constexpr uint8_t takes_modrm = 0x10;
constexpr uint8_t takes_if_test = 0x20;  // group 3: an immediate if modrm's reg is below 2
constexpr uint8_t takes_wide = 0x40;     // eight bytes with REX.W
constexpr uint8_t not_simple = 0x80;
constexpr uint8_t escapes = 0xc0;  // to the second map

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
constexpr SimpleForms simple_forms;

// What Decoder finds in 64-bit code at `at`, where at least `longest` bytes are, if it is one of
// the simple instructions that most are; else false.
bool decode_simple(const uint8_t* const at, Instruction& found) {
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

class X86 {
 public:
  explicit X86(Scan& scan)
      : scan_(scan),
        long_mode_(scan.image.pointer_size == 8),
        absolute_(scan.image.plain_addresses()) {}

  void run() {
    for (uint32_t position = scan_.start(lead, 1); position < scan_.to;) {
      const uint32_t left = scan_.window.end - position;
      Instruction found;
      if (!long_mode_ || left < longest || !decode_simple(scan_.at(position), found)) {
        found = Decoder(scan_.at(position), left, long_mode_).decode();
      }
      if (found.length != 0 && position + found.length > scan_.from) {
        report(position, found);
      }
      position += found.length != 0 ? found.length : 1;
    }
  }

 private:
  void report(uint32_t position, const Instruction& found) {
    const uint64_t next = scan_.address(position) + found.length;
    if (found.displacement_size == 4) {
      memory_operand(position + found.displacement, found, next);
    }
    if (found.immediate_size == 0) {
      return;
    }
    const uint32_t place = position + found.immediate;
    if (found.map == 1 && found.opcode == 0xe8) {
      branch(place, Kind::x86_call, found.immediate_size, next);
    } else if (found.map == 1 && found.opcode == 0xe9) {
      branch(place, Kind::x86_jump, found.immediate_size, next);
    } else if (found.map == 2 && (found.opcode & 0xf0) == 0x80) {
      branch(place, Kind::x86_branch, found.immediate_size, next);
    } else if (found.map == 1 && ((found.opcode & 0xf0) == 0x70 || found.opcode == 0xeb ||
                                  (found.opcode & 0xfc) == 0xe0)) {
      const uint64_t target = next + sign_extend(*scan_.at(place), 8);
      if (scan_.image.map.executes(scan_.mask(target))) {
        scan_.relative(place, Kind::x86_short, target, next);
      }
    } else if (found.immediate_size == 4 && absolute_) {
      absolute(place);
    } else if (found.immediate_size == 8 && scan_.image.map.contains(load64(scan_.at(place)))) {
      scan_.absolute(place, Kind::absolute64, load64(scan_.at(place)));
    }
  }

  void branch(uint32_t place, Kind kind, uint32_t size, uint64_t next) {
    if (size != 4) {
      return;
    }
    const uint64_t target = scan_.mask(next + sign_extend(load32(scan_.at(place)), 32));
    if (scan_.image.map.executes(target)) {
      scan_.relative(place, kind, target, next);
    }
  }

  void memory_operand(uint32_t place, const Instruction& found, uint64_t next) {
    if (long_mode_ && (found.modrm & 0xc7) == 5) {
      const uint64_t target = next + sign_extend(load32(scan_.at(place)), 32);
      if (!scan_.image.map.contains(target)) {
        return;
      }
      const bool address_only = found.map == 1 && found.opcode == 0x8d;
      scan_.relative(place, address_only ? Kind::x86_lea : Kind::x86_rip, target, next);
    } else if (absolute_) {
      absolute(place);
    }
  }

  void absolute(uint32_t place) {
    const uint64_t target = scan_.mask(sign_extend(load32(scan_.at(place)), 32));
    if (scan_.image.map.contains(target)) {
      scan_.absolute(place, Kind::x86_address, target);
    }
  }

  Scan& scan_;
  const bool long_mode_;
  const bool absolute_;
};

}  // namespace

void scan_x86(Scan& scan) {
  X86(scan).run();
}

}  // namespace kerf::refs
