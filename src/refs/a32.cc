// A32: branches, literal loads and the words they load, addresses made of MOVW and MOVT.
#include "refs/literal_pool.h"
#include "refs/scanners.h"

namespace kerf::refs {
namespace {

constexpr uint32_t pair_distance = 16;  // instructions from MOVW to its MOVT
constexpr uint32_t add_distance = 20;   // instructions from a load to the ADD of pc

bool is_movw(uint32_t word) {
  return (word & 0x0ff00000) == 0x03000000 && word >> 28 != 15;
}
bool is_movt(uint32_t word) {
  return (word & 0x0ff00000) == 0x03400000 && word >> 28 != 15;
}
uint32_t rd(uint32_t word) {
  return bits(word, 12, 4);
}
uint32_t imm16(uint32_t word) {
  return bits(word, 16, 4) << 12 | bits(word, 0, 12);
}
bool is_literal_load(uint32_t word) {
  return (word & 0x0f7f0000) == 0x051f0000 && word >> 28 != 15;
}
uint64_t literal_address(uint32_t word, uint64_t pc) {
  return bits(word, 23, 1) == 1 ? pc + bits(word, 0, 12) : pc - bits(word, 0, 12);
}

class A32 {
 public:
  explicit A32(Scan& scan) : scan_(scan), plain_(scan.image.plain_addresses()) {}

  void run() {
    uint32_t position = scan_.start(LiteralPool::reach, 4);
    for (; position < scan_.to && scan_.has(position, 4); position += 4) {
      const uint32_t word = load32(scan_.at(position));
      if (pool_.take(position)) {
        literal(position, word);
      } else if (plain_ && word >> 28 != 14 && scan_.is_pointer32(word)) {
        scan_.pointer32(position, Kind::absolute32);
      } else {
        instruction(position, word);
      }
    }
  }

 private:
  void instruction(uint32_t position, uint32_t word) {
    const uint64_t pc = scan_.address(position) + 8;
    if ((word & 0x0e000000) == 0x0a000000) {
      uint64_t target = pc + (sign_extend(word, 24) << 2);
      const bool exchange = word >> 28 == 15;
      if (exchange) target += bits(word, 24, 1) << 1;
      const bool call = exchange || bits(word, 24, 1) == 1;
      if (scan_.image.map.executes(scan_.mask(target))) {
        scan_.relative(position, call ? Kind::a32_call : Kind::a32_jump, target, pc);
      }
    } else if (is_literal_load(word)) {
      const uint64_t target = literal_address(word, pc);
      if (!scan_.image.map.contains(scan_.mask(target))) return;
      pool_.mark(position + static_cast<uint32_t>(target - scan_.address(position)), position);
      scan_.relative(position, Kind::a32_literal, target, pc);
    } else if (is_movw(word)) {
      halves(position, word);
    } else if (is_movt(word)) {
      const Half& half = halves_[rd(word)];
      if (half.known && position - half.position <= 4 * pair_distance) {
        address(position, Kind::a32_movt, imm16(word) << 16 | half.value);
      }
    } else if ((word & 0xffffff00) == 0xe28fc600) {
      plt_entry(position, pc + (uint64_t{word & 255} << 20));
    } else if (((word & 0x0fff0000) == 0x028f0000 || (word & 0x0fff0000) == 0x024f0000) &&
               word >> 28 != 15) {
      uint64_t target = 0;
      if (extract(Kind::a32_adr, scan_.at(position), pc, 0, scan_.image.address_mask(), target) &&
          scan_.image.map.contains(target) && rewritable(position, target, pc)) {
        scan_.relative(position, Kind::a32_adr, target, pc);
      }
    }
  }

  // ADD ip, pc, #highest; ADD ip, ip, #high; LDR pc, [ip, #low]!: a jump through the GOT. `base` is
  // what the first one makes.
  void plt_entry(uint32_t position, uint64_t base) {
    if (!scan_.has(position, 12)) return;
    const uint32_t add = load32(scan_.at(position + 4));
    const uint32_t load = load32(scan_.at(position + 8));
    if ((add & 0xffffff00) != 0xe28cca00 || (load & 0xfffff000) != 0xe5bcf000) return;
    const uint64_t target = scan_.mask(base + (uint64_t{add & 255} << 12) + bits(load, 0, 12));
    if (!scan_.image.map.contains(target)) return;
    scan_.relative(position + 4, Kind::a32_plt_add, target, base);
    scan_.relative(position + 8, Kind::a32_plt_load, target, base);
  }

  // Many immediates can be written in several ways; place() writes the usual one.
  bool rewritable(uint32_t position, uint64_t target, uint64_t pc) const {
    uint8_t again[4];
    place(Kind::a32_adr, scan_.at(position), target, pc, again);
    return load32(again) == load32(scan_.at(position));
  }

  void halves(uint32_t position, uint32_t word) {
    halves_[rd(word)] = {position, imm16(word), true};
    for (uint32_t i = 1; i <= pair_distance && scan_.has(position + 4 * i, 4); ++i) {
      const uint32_t later = load32(scan_.at(position + 4 * i));
      if (is_movw(later) && rd(later) == rd(word)) return;
      if (is_movt(later) && rd(later) == rd(word)) {
        return address(position, Kind::a32_movw, imm16(later) << 16 | imm16(word));
      }
    }
  }

  void address(uint32_t position, Kind kind, uint32_t value) {
    if (scan_.image.map.contains(value)) scan_.absolute(position, kind, value);
  }

  // A literal is an address, or a distance to one that "ADD rd, pc, rd" adds its pc to.
  void literal(uint32_t position, uint32_t word) {
    uint32_t add;
    if (find_add(position, add)) {
      const uint64_t base = scan_.address(add) + 8;
      const uint64_t target = scan_.mask(base + word);
      if (scan_.image.map.contains(target)) {
        scan_.add(position, Kind::relative32, target, base, Anchor::mapped);
      }
    } else if (scan_.is_pointer32(word)) {
      scan_.pointer32(position, Kind::absolute32);
    }
  }

  // The ADD behind the last load of the literal at `position`.
  bool find_add(uint32_t position, uint32_t& add) const {
    uint32_t at = position;
    while (at - scan_.window.begin >= 4 && position - at < LiteralPool::reach) {
      at -= 4;
      const uint32_t word = load32(scan_.at(at));
      if (!is_literal_load(word) ||
          literal_address(word, scan_.address(at) + 8) != scan_.address(position)) {
        continue;
      }
      for (uint32_t i = 1; i <= add_distance && at + 4 * i < position; ++i) {
        const uint32_t later = load32(scan_.at(at + 4 * i)) & 0x0fffffff;
        if (later == (0x008f0000 | rd(word) << 12 | rd(word))) {
          add = at + 4 * i;
          return true;
        }
      }
      return false;
    }
    return false;
  }

  struct Half {
    uint32_t position = 0;
    uint32_t value = 0;
    bool known = false;
  };

  Scan& scan_;
  const bool plain_;
  LiteralPool pool_;
  Half halves_[16];
};

}  // namespace

void scan_a32(Scan& scan) {
  A32(scan).run();
}

}  // namespace kerf::refs
