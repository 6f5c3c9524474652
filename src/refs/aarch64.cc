// AArch64: branches, and addresses made of a page (ADRP) and the low part in a later instruction,
// which are one target in two fields.
#include "refs/scanners.h"

namespace kerf::refs {
namespace {

constexpr uint32_t look_ahead = 32;  // instructions after an ADRP in which its low part is sought
constexpr uint32_t memory = 1024;    // bytes for which a register is thought to hold its page
constexpr uint32_t lead = memory;    // bytes before the chunk from which registers are followed

bool is_adrp(uint32_t word) {
  return (word & 0x9f000000) == 0x90000000;
}
bool is_add_immediate(uint32_t word) {
  return (word & 0xffc00000) == 0x91000000;
}
bool is_load_or_store(uint32_t word) {
  return (word & 0x3b000000) == 0x39000000;
}
uint32_t rd(uint32_t word) {
  return bits(word, 0, 5);
}
uint32_t rn(uint32_t word) {
  return bits(word, 5, 5);
}

uint64_t adrp_page(uint32_t word, uint64_t pc) {
  const uint64_t pages = sign_extend(bits(word, 5, 19), 19) << 2 | bits(word, 29, 2);
  return (pc & ~uint64_t{4095}) + (pages << 12);
}

// The bytes that the unsigned immediate of ADD, load or store adds; false for other instructions.
bool low_part(uint32_t word, uint32_t& low) {
  if (is_add_immediate(word)) {
    low = bits(word, 10, 12);
    return true;
  }
  if (is_load_or_store(word)) {
    const bool quad = bits(word, 26, 1) == 1 && bits(word, 23, 1) == 1;
    low = bits(word, 10, 12) << (quad ? 4 : word >> 30);
    return low < 4096;
  }
  return false;
}

class Aarch64 {
 public:
  explicit Aarch64(Scan& scan) : scan_(scan), plain_(scan.image.plain_addresses()) {}

  void run() {
    uint32_t position = scan_.start(lead, 4);
    while (position < scan_.to && scan_.has(position, 4)) {
      if (plain_ && pointer(position)) {
        position += 8;
      } else {
        instruction(position, load32(scan_.at(position)));
        position += 4;
      }
    }
  }

 private:
  struct Page {
    uint64_t page = 0;
    uint32_t position = 0;
    bool known = false;
  };

  bool pointer(uint32_t position) {
    if (scan_.address(position) % 8 != 0 || !scan_.has(position, 8)) return false;
    const uint64_t value = load64(scan_.at(position));
    if (!scan_.image.map.contains(value)) return false;
    scan_.absolute(position, Kind::absolute64, value);
    return true;
  }

  void instruction(uint32_t position, uint32_t word) {
    const uint64_t pc = scan_.address(position);
    if ((word & 0x7c000000) == 0x14000000) {
      const bool call = (word & 0x80000000) != 0;
      branch(position, call ? Kind::a64_call : Kind::a64_jump, pc, sign_extend(word, 26));
    } else if ((word & 0xff000010) == 0x54000000 || (word & 0x7e000000) == 0x34000000) {
      branch(position, Kind::a64_branch, pc, sign_extend(word >> 5, 19));
    } else if ((word & 0x7e000000) == 0x36000000) {
      branch(position, Kind::a64_test, pc, sign_extend(word >> 5, 14));
    } else if (is_adrp(word)) {
      page(position, word, pc);
    } else if ((word & 0x9f000000) == 0x10000000) {
      const uint64_t target = pc + (sign_extend(bits(word, 5, 19), 19) << 2 | bits(word, 29, 2));
      if (scan_.image.map.contains(target)) scan_.relative(position, Kind::a64_adr, target, pc);
    } else if ((word & 0x3b000000) == 0x18000000) {
      const uint64_t target = pc + (sign_extend(word >> 5, 19) << 2);
      if (scan_.image.map.contains(target)) scan_.relative(position, Kind::a64_literal, target, pc);
    } else {
      low(position, word);
    }
  }

  void branch(uint32_t position, Kind kind, uint64_t pc, uint64_t words) {
    const uint64_t target = pc + (words << 2);
    if (scan_.image.map.executes(target)) scan_.relative(position, kind, target, pc);
  }

  void page(uint32_t position, uint32_t word, uint64_t pc) {
    Page& held = pages_[rd(word)];
    held.page = adrp_page(word, pc);
    held.position = position;
    held.known = scan_.image.map.contains(held.page) || scan_.image.map.contains(held.page + 4095);
    if (!held.known || position < scan_.from) return;
    uint64_t target = held.page;
    for (uint32_t i = 1; i <= look_ahead && scan_.has(position + 4 * i, 4); ++i) {
      const uint32_t later = load32(scan_.at(position + 4 * i));
      uint32_t low;
      if (rn(later) == rd(word) && low_part(later, low)) {
        target = held.page + low;
        break;
      }
      if (is_adrp(later) && rd(later) == rd(word)) break;
    }
    scan_.relative(position, Kind::a64_page, target, pc);
  }

  void low(uint32_t position, uint32_t word) {
    uint32_t low;
    if (!low_part(word, low)) return;
    Page& held = pages_[rn(word)];
    if (!held.known || position - held.position > memory) return;
    const uint64_t target = held.page + low;
    if (scan_.image.map.contains(target)) {
      const Kind kind = is_add_immediate(word) ? Kind::a64_add : Kind::a64_load;
      scan_.absolute(position, kind, target);
    }
    if (is_add_immediate(word) && rd(word) == rn(word)) held.known = false;
  }

  Scan& scan_;
  const bool plain_;
  Page pages_[32];
};

}  // namespace

void scan_aarch64(Scan& scan) {
  Aarch64(scan).run();
}

}  // namespace kerf::refs
