// Xtensa, little-endian and big-endian: calls, jumps, branches, L32R. Literals stand in front of
// the code that loads them, up to 256 KB away, so they are found by value.
#include "refs/scanners.h"

namespace kerf::refs {
namespace {

constexpr uint32_t lead = 64;  // bytes before the chunk in which the decoder falls into step

// Opcode 6 is jumps and branches; which one, and where its displacement is, the next bits say.
Kind branch_kind(uint32_t word) {
  switch (bits(word, 4, 2)) {
    case 0:
      return Kind::xtensa_jump;
    case 1:
      return Kind::xtensa_branch12;
    case 2:
      return Kind::xtensa_branch8;
    default:
      // ENTRY; BF, BT and LOOP (r 0, 1, 8 to 10); BLTUI; BGEUI
      switch (bits(word, 6, 2)) {
        case 0:
          return Kind::none;
        case 1:
          return bits(word, 12, 4) < 2 ? Kind::xtensa_branch8 : Kind::none;
        default:
          return Kind::xtensa_branch8;
      }
  }
}

// Instructions of two bytes.
bool narrow(uint32_t opcode) {
  return opcode >= 8 && opcode < 14;
}

Kind big_endian_kind(Kind kind) {
  constexpr unsigned distance =
      static_cast<unsigned>(Kind::xtensa_be_call) - static_cast<unsigned>(Kind::xtensa_call);
  return static_cast<Kind>(static_cast<unsigned>(kind) + distance);
}

class Xtensa {
 public:
  Xtensa(Scan& scan, bool big_endian) : scan_(scan), big_endian_(big_endian) {}

  void run() {
    uint32_t position = scan_.start(lead, 1);
    while (position < scan_.to && scan_.has(position, 3)) {
      const uint32_t word = instruction(position);
      const uint32_t size = narrow(bits(word, 0, 4)) ? 2 : 3;
      // Data make the decoder lose step; an address in its way is a better guess than an
      // instruction.
      const uint32_t aligned =
          position + static_cast<uint32_t>((4 - scan_.address(position) % 4) % 4);
      if (aligned < position + size && scan_.has(aligned, 4) && pointer(aligned)) {
        position = aligned + 4;
      } else {
        reference(position, word);
        position += size;
      }
    }
  }

 private:
  // The instruction, with its fields where little-endian machines have them. Displacements of more
  // than 8 bits are not what they were.
  uint32_t instruction(uint32_t position) const {
    const uint8_t* const bytes = scan_.at(position);
    if (!big_endian_) return load24(bytes);
    const uint32_t opcode = bits(bytes[0], 4, 4);
    uint32_t t = bits(bytes[0], 0, 4);
    if (opcode == 5 || opcode == 6) t = bits(t, 2, 2) | bits(t, 0, 2) << 2;  // n and m
    return opcode | t << 4 | bits(bytes[1], 4, 4) << 8 | bits(bytes[1], 0, 4) << 12 |
           static_cast<uint32_t>(bytes[2]) << 16;
  }

  bool pointer(uint32_t position) {
    const uint32_t value = big_endian_ ? load32be(scan_.at(position)) : load32(scan_.at(position));
    if (!scan_.is_pointer32(value)) return false;
    if (big_endian_) {
      scan_.absolute(position, Kind::absolute32_be, value);
    } else {
      scan_.pointer32(position, Kind::absolute32);
    }
    return true;
  }

  void reference(uint32_t position, uint32_t word) {
    const uint32_t opcode = bits(word, 0, 4);
    Kind kind = Kind::none;
    if (opcode == 1) kind = Kind::xtensa_l32r;
    if (opcode == 5) kind = Kind::xtensa_call;
    if (opcode == 6) kind = branch_kind(word);
    if (opcode == 7) kind = Kind::xtensa_branch8;
    if (kind == Kind::none) return;
    const bool literal = kind == Kind::xtensa_l32r;
    if (big_endian_) kind = big_endian_kind(kind);
    const uint64_t pc = scan_.address(position);
    uint64_t target = 0;
    if (!extract(kind, scan_.at(position), pc, 0, scan_.image.address_mask(), target)) return;
    const bool fits = literal ? scan_.image.map.contains(target) : scan_.image.map.executes(target);
    if (fits) scan_.relative(position, kind, target, pc);
  }

  Scan& scan_;
  const bool big_endian_;
};

}  // namespace

void scan_xtensa(Scan& scan) {
  Xtensa(scan, false).run();
}
void scan_xtensa_be(Scan& scan) {
  Xtensa(scan, true).run();
}

}  // namespace kerf::refs
