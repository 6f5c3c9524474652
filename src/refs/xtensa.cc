// Xtensa, little-endian: calls, jumps, branches, L32R. Literals stand in front of the code that
// loads them, up to 256 KB away, so they are found by value.
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

}  // namespace

void scan_xtensa(Scan& scan) {
  uint32_t position = scan.start(lead, 1);
  while (position < scan.to && scan.has(position, 3)) {
    const uint32_t size = narrow(bits(*scan.at(position), 0, 4)) ? 2 : 3;
    // Data make the decoder lose step; an address in its way is a better guess than an instruction.
    const uint32_t aligned = position + static_cast<uint32_t>((4 - scan.address(position) % 4) % 4);
    if (aligned < position + size && scan.has(aligned, 4) &&
        scan.is_pointer32(load32(scan.at(aligned)))) {
      scan.pointer32(aligned, Kind::absolute32);
      position = aligned + 4;
      continue;
    }
    const uint32_t word = load24(scan.at(position));
    const uint32_t opcode = bits(word, 0, 4);
    Kind kind = Kind::none;
    if (opcode == 1) kind = Kind::xtensa_l32r;
    if (opcode == 5) kind = Kind::xtensa_call;
    if (opcode == 6) kind = branch_kind(word);
    if (opcode == 7) kind = Kind::xtensa_branch8;
    const uint64_t pc = scan.address(position);
    uint64_t target = 0;
    if (kind != Kind::none &&
        extract(kind, scan.at(position), pc, 0, scan.image.address_mask(), target)) {
      const bool fits = kind == Kind::xtensa_l32r ? scan.image.map.contains(target)
                                                  : scan.image.map.executes(target);
      if (fits) scan.relative(position, kind, target, pc);
    }
    position += size;
  }
}

}  // namespace kerf::refs
