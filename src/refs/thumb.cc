// T32 (Thumb and Thumb-2): branches, literal loads and the words they load, MOVW and MOVT.
#include "refs/literal_pool.h"
#include "refs/scanners.h"

namespace kerf::refs {
namespace {

constexpr uint32_t pair_distance = 16;  // halfwords from MOVW to its MOVT
constexpr uint32_t add_distance = 40;   // halfwords from a load to the ADD of pc

bool is_wide(uint32_t half) {
  return half >> 11 >= 0x1d;
}
bool is_movw(uint32_t first, uint32_t second) {
  return (first & 0xfbf0) == 0xf240 && (second & 0x8000) == 0;
}
bool is_movt(uint32_t first, uint32_t second) {
  return (first & 0xfbf0) == 0xf2c0 && (second & 0x8000) == 0;
}
uint32_t imm16(uint32_t first, uint32_t second) {
  return bits(first, 0, 4) << 12 | bits(first, 10, 1) << 11 | bits(second, 12, 3) << 8 |
         bits(second, 0, 8);
}

struct Load {
  uint64_t target;
  uint32_t rt;
};
// A load of the word at an address relative to pc (the instruction's address plus 4).
bool literal_load(uint32_t first, uint32_t second, uint64_t pc, Load& load) {
  const uint64_t base = pc & ~uint64_t{3};
  if ((first & 0xf800) == 0x4800) {
    load = {base + 4 * bits(first, 0, 8), bits(first, 8, 3)};
    return true;
  }
  if ((first & 0xff7f) == 0xf85f) {
    const uint32_t distance = bits(second, 0, 12);
    load = {bits(first, 7, 1) == 1 ? base + distance : base - distance, bits(second, 12, 4)};
    return true;
  }
  return false;
}

class Thumb {
 public:
  explicit Thumb(Scan& scan) : scan_(scan), plain_(scan.image.plain_addresses()) {}

  void run() {
    uint32_t position = scan_.start(LiteralPool::reach, 2);
    while (position < scan_.to && scan_.has(position, 2)) {
      if (scan_.address(position) % 4 == 0 && scan_.has(position, 4)) {
        const uint32_t word = load32(scan_.at(position));
        if (pool_.take(position - scan_.region.offset)) {
          literal(position, word);
          position += 4;
          continue;
        }
        if (plain_ && scan_.is_pointer32(word)) {
          scan_.pointer32(position, Kind::absolute32);
          position += 4;
          continue;
        }
      }
      position += instruction(position);
    }
  }

 private:
  uint32_t instruction(uint32_t position) {
    const uint32_t first = load16(scan_.at(position));
    const uint64_t pc = scan_.address(position) + 4;
    if (is_wide(first)) {
      if (scan_.has(position, 4)) wide(position, first, load16(scan_.at(position + 2)), pc);
      return 4;
    }
    if ((first & 0xf000) == 0xd000 && bits(first, 8, 4) < 14) {
      branch(position, Kind::thumb_branch8, pc + (sign_extend(first, 8) << 1), pc);
    } else if ((first & 0xf800) == 0xe000) {
      branch(position, Kind::thumb_jump11, pc + (sign_extend(first, 11) << 1), pc);
    } else if ((first & 0xf500) == 0xb100) {
      branch(position, Kind::thumb_cbz, pc + (bits(first, 9, 1) << 6 | bits(first, 3, 5) << 1), pc);
    } else if ((first & 0xf800) == 0xa000) {
      const uint64_t target = (pc & ~uint64_t{3}) + 4 * bits(first, 0, 8);
      if (contains(target)) scan_.relative(position, Kind::thumb_adr8, target, pc);
    } else {
      load(position, Kind::thumb_literal8, first, 0, pc);
    }
    return 2;
  }

  void wide(uint32_t position, uint32_t first, uint32_t second, uint64_t pc) {
    if ((first & 0xf800) == 0xf000 && (second & 0x8000) != 0) {
      const bool jump = (second & 0xd000) == 0x9000;
      const bool exchange = (second & 0xd001) == 0xc000;
      const bool conditional = (second & 0xd000) == 0x8000 && bits(first, 7, 3) != 7;
      Kind kind = Kind::thumb_call;
      if (jump) kind = Kind::thumb_jump;
      if (conditional) kind = Kind::thumb_branch;
      if (!jump && !exchange && !conditional && (second & 0xd000) != 0xd000) return;
      uint64_t target = 0;
      if (extract(kind, scan_.at(position), pc, 0, scan_.image.address_mask(), target)) {
        branch(position, kind, target, pc);
      }
    } else if (is_movw(first, second)) {
      halves(position, first, second);
    } else if (is_movt(first, second)) {
      const Half& half = halves_[bits(second, 8, 4)];
      if (half.known && position - half.position <= 2 * pair_distance) {
        address(position, Kind::thumb_movt, imm16(first, second) << 16 | half.value);
      }
    } else {
      load(position, Kind::thumb_literal12, first, second, pc);
    }
  }

  bool contains(uint64_t target) const { return scan_.image.map.contains(scan_.mask(target)); }

  void branch(uint32_t position, Kind kind, uint64_t target, uint64_t pc) {
    if (scan_.image.map.executes(scan_.mask(target))) scan_.relative(position, kind, target, pc);
  }

  void load(uint32_t position, Kind kind, uint32_t first, uint32_t second, uint64_t pc) {
    Load found;
    if (!literal_load(first, second, pc, found) || !contains(found.target)) return;
    const auto offset = static_cast<uint32_t>(found.target - scan_.region.address);
    if (found.target % 4 == 0) pool_.mark(offset, position - scan_.region.offset);
    scan_.relative(position, kind, found.target, pc);
  }

  void halves(uint32_t position, uint32_t first, uint32_t second) {
    const uint32_t rd = bits(second, 8, 4);
    halves_[rd] = {position, imm16(first, second), true};
    for (uint32_t at = position + 4; at <= position + 2 * pair_distance && scan_.has(at, 4);) {
      const uint32_t later = load16(scan_.at(at));
      const uint32_t rest = load16(scan_.at(at + 2));
      if (is_wide(later) && bits(rest, 8, 4) == rd) {
        if (is_movw(later, rest)) return;
        if (is_movt(later, rest)) {
          return address(position, Kind::thumb_movw,
                         imm16(later, rest) << 16 | imm16(first, second));
        }
      }
      at += is_wide(later) ? 4u : 2u;
    }
  }

  void address(uint32_t position, Kind kind, uint32_t value) {
    if (contains(value)) scan_.absolute(position, kind, value);
  }

  // A literal is an address, or a distance to one that "ADD rd, pc" adds its pc to.
  void literal(uint32_t position, uint32_t word) {
    uint32_t add;
    if (find_add(position, add)) {
      const uint64_t base = scan_.address(add) + 4;
      if (contains(base + word)) {
        scan_.add(position, Kind::relative32, base + word, base, Anchor::mapped);
      }
    } else if (scan_.is_pointer32(word)) {
      scan_.pointer32(position, Kind::absolute32);
    }
  }

  // The ADD behind the last load of the literal at `position`.
  bool find_add(uint32_t position, uint32_t& add) const {
    uint32_t at = position;
    while (at - scan_.window.begin >= 2 && position - at < LiteralPool::reach) {
      at -= 2;
      Load found;
      if (!literal_load(load16(scan_.at(at)), load16(scan_.at(at + 2)), scan_.address(at) + 4,
                        found) ||
          found.target != scan_.address(position)) {
        continue;
      }
      const uint32_t instruction = 0x4478 | (found.rt & 7) | (found.rt & 8) << 4;
      for (uint32_t i = 1; i <= add_distance && at + 2 * i < position; ++i) {
        if (load16(scan_.at(at + 2 * i)) == instruction) {
          add = at + 2 * i;
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

void scan_thumb(Scan& scan) {
  Thumb(scan).run();
}

}  // namespace kerf::refs
