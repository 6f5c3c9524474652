// RISC-V, 32 and 64 bits, with compressed instructions: jumps, branches, and addresses made of
// AUIPC or LUI and the low part in a later instruction.
#include "refs/scanners.h"

namespace kerf::refs {
namespace {

constexpr uint32_t look_ahead = 64;  // bytes behind AUIPC or LUI in which its low part is sought
constexpr uint32_t memory = 512;     // bytes for which a register is thought to hold its upper part
constexpr uint32_t lead = memory;

uint32_t rd(uint32_t word) {
  return bits(word, 7, 5);
}
uint32_t rs1(uint32_t word) {
  return bits(word, 15, 5);
}
uint32_t opcode_of(uint32_t word) {
  return bits(word, 0, 7);
}
bool is_compressed(uint32_t word) {
  return (word & 3) != 3;
}

enum Opcode : uint32_t {
  op_load = 0x03,
  op_load_fp = 0x07,
  op_immediate = 0x13,
  op_auipc = 0x17,
  op_immediate32 = 0x1b,
  op_store = 0x23,
  op_store_fp = 0x27,
  op_lui = 0x37,
  op_branch = 0x63,
  op_jalr = 0x67,
  op_jal = 0x6f,
};

// The kind of the low part that `word` adds to its rs1; none for other instructions.
Kind low_part(uint32_t word) {
  switch (opcode_of(word)) {
    case op_load:
    case op_load_fp:
    case op_jalr:
      return Kind::riscv_lo12i;
    case op_immediate:
    case op_immediate32:
      return bits(word, 12, 3) == 0 ? Kind::riscv_lo12i : Kind::none;  // ADDI
    case op_store:
    case op_store_fp:
      return Kind::riscv_lo12s;
    default:
      return Kind::none;
  }
}
uint64_t low_value(Kind kind, uint32_t word) {
  return kind == Kind::riscv_lo12s ? sign_extend(bits(word, 25, 7) << 5 | bits(word, 7, 5), 12)
                                   : sign_extend(word >> 20, 12);
}

class Riscv {
 public:
  explicit Riscv(Scan& scan) : scan_(scan), plain_(scan.image.plain_addresses()) {}

  void run() {
    uint32_t position = scan_.start(lead, 2);
    while (position < scan_.to && scan_.has(position, 2)) {
      const uint32_t half = load16(scan_.at(position));
      if (plain_ && pointer(position)) {
        position += scan_.image.pointer_size;
      } else if (is_compressed(half)) {
        compressed(position, half);
        position += 2;
      } else if (scan_.has(position, 4)) {
        position += instruction(position, load32(scan_.at(position)));
      } else {
        return;
      }
    }
  }

 private:
  struct Upper {
    uint64_t value = 0;
    uint64_t base = 0;  // the AUIPC; 0 for LUI
    uint32_t position = 0;
    bool known = false;
  };

  bool pointer(uint32_t position) {
    const uint8_t size = scan_.image.pointer_size;
    if (static_cast<uint32_t>(scan_.address(position)) % size != 0 || !scan_.has(position, size)) {
      return false;
    }
    const uint64_t value = load_word(scan_.at(position), size);
    if (!scan_.image.map.contains(value)) {
      return false;
    }
    scan_.absolute(position, size == 8 ? Kind::absolute64 : Kind::absolute32, value);
    return true;
  }

  void compressed(uint32_t position, uint32_t half) {
    const bool rv32 = scan_.image.pointer_size == 4;
    const bool jump = (half & 0xe003) == 0xa001 || (rv32 && (half & 0xe003) == 0x2001);
    const bool branches = (half & 0xc003) == 0xc001;
    if (jump) {
      direct(position, Kind::riscv_jump11);
    }
    if (branches) {
      direct(position, Kind::riscv_branch8);
    }
  }

  void direct(uint32_t position, Kind kind) {
    const uint64_t pc = scan_.address(position);
    uint64_t target = 0;
    if (extract(kind, scan_.at(position), pc, 0, scan_.image.address_mask(), target) &&
        scan_.image.map.executes(target)) {
      scan_.relative(position, kind, target, pc);
    }
  }

  uint32_t instruction(uint32_t position, uint32_t word) {
    switch (opcode_of(word)) {
      case op_jal:
        direct(position, Kind::riscv_jal);
        break;
      case op_branch:
        direct(position, Kind::riscv_branch);
        break;
      case op_auipc:
        return upper(position, word, scan_.address(position));
      case op_lui:
        return plain_ ? upper(position, word, 0) : 4;
      default:
        low(position, word);
    }
    return 4;
  }

  uint32_t upper(uint32_t position, uint32_t word, uint64_t base) {
    Upper& held = uppers_[rd(word)];
    held = {scan_.mask(base + sign_extend(word & 0xfffff000u, 32)), base, position, rd(word) != 0};
    if (!held.known || position < scan_.from) {
      return 4;
    }
    for (uint32_t at = position + 4; at <= position + look_ahead && scan_.has(at, 4);) {
      const uint32_t later = load32(scan_.at(at));
      if (is_compressed(later)) {
        at += 2;
        continue;
      }
      const Kind kind = low_part(later);
      if (kind != Kind::none && rs1(later) == rd(word)) {
        const uint64_t target = scan_.mask(held.value + low_value(kind, later));
        if (!scan_.image.map.contains(target)) {
          break;
        }
        const bool call = base != 0 && at == position + 4 && opcode_of(later) == op_jalr;
        const Kind high = call ? Kind::riscv_call : base == 0 ? Kind::riscv_lui : Kind::riscv_hi20;
        if (call && position + 8 <= scan_.to) {
          scan_.relative(position, high, target, base);
          return 8;
        }
        add(position, base == 0 ? Kind::riscv_lui : Kind::riscv_hi20, target, base);
        return 4;
      }
      if ((opcode_of(later) == op_auipc || opcode_of(later) == op_lui) && rd(later) == rd(word)) {
        break;
      }
      at += 4;
    }
    return 4;
  }

  void low(uint32_t position, uint32_t word) {
    const Kind kind = low_part(word);
    if (kind == Kind::none) {
      return;
    }
    Upper& held = uppers_[rs1(word)];
    if (!held.known || position - held.position > memory) {
      return;
    }
    const uint64_t target = scan_.mask(held.value + low_value(kind, word));
    if (scan_.image.map.contains(target)) {
      add(position, kind, target, held.base);
    }
    if (kind == Kind::riscv_lo12i && rd(word) == rs1(word)) {
      held.known = false;
    }
  }

  void add(uint32_t position, Kind kind, uint64_t target, uint64_t base) {
    if (base == 0) {
      scan_.absolute(position, kind, target);
    } else {
      scan_.relative(position, kind, target, base);
    }
  }

  Scan& scan_;
  const bool plain_;
  Upper uppers_[32];
};

}  // namespace

void scan_riscv(Scan& scan) {
  Riscv(scan).run();
}

}  // namespace kerf::refs
