#include "refs/x86_instruction.h"

namespace kerf::refs::x86 {
namespace {

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
static_assert(sizeof map_one_32 == 257);

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

}  // namespace

Instruction decode(const uint8_t* at, uint32_t size, bool long_mode) {
  return Decoder(at, size, long_mode).decode();
}

}  // namespace kerf::refs::x86
