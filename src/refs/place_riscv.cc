#include "refs/bytes.h"
#include "refs/place.h"

namespace kerf::refs {
namespace {

constexpr uint64_t low_mask = 0xfff;

uint32_t jal_bits(uint32_t word, uint32_t distance) {
  word = with_bits(with_bits(word, 31, 1, distance >> 20), 21, 10, distance >> 1);
  return with_bits(with_bits(word, 20, 1, distance >> 11), 12, 8, distance >> 12);
}
uint64_t jal_distance(uint32_t word) {
  return sign_extend(bits(word, 31, 1) << 20 | bits(word, 21, 10) << 1 | bits(word, 20, 1) << 11 |
                         bits(word, 12, 8) << 12,
                     21);
}

uint32_t branch_bits(uint32_t word, uint32_t distance) {
  word = with_bits(with_bits(word, 31, 1, distance >> 12), 25, 6, distance >> 5);
  return with_bits(with_bits(word, 8, 4, distance >> 1), 7, 1, distance >> 11);
}
uint64_t branch_distance(uint32_t word) {
  return sign_extend(bits(word, 31, 1) << 12 | bits(word, 25, 6) << 5 | bits(word, 8, 4) << 1 |
                         bits(word, 7, 1) << 11,
                     13);
}

uint32_t short_jump_bits(uint32_t half, uint32_t distance) {
  half = with_bits(with_bits(half, 12, 1, distance >> 11), 11, 1, distance >> 4);
  half = with_bits(with_bits(half, 9, 2, distance >> 8), 8, 1, distance >> 10);
  half = with_bits(with_bits(half, 7, 1, distance >> 6), 6, 1, distance >> 7);
  return with_bits(with_bits(half, 3, 3, distance >> 1), 2, 1, distance >> 5);
}
uint64_t short_jump_distance(uint32_t half) {
  return sign_extend(bits(half, 12, 1) << 11 | bits(half, 11, 1) << 4 | bits(half, 9, 2) << 8 |
                         bits(half, 8, 1) << 10 | bits(half, 7, 1) << 6 | bits(half, 6, 1) << 7 |
                         bits(half, 3, 3) << 1 | bits(half, 2, 1) << 5,
                     12);
}

uint32_t short_branch_bits(uint32_t half, uint32_t distance) {
  half = with_bits(with_bits(half, 12, 1, distance >> 8), 10, 2, distance >> 3);
  half = with_bits(with_bits(half, 5, 2, distance >> 6), 3, 2, distance >> 1);
  return with_bits(half, 2, 1, distance >> 5);
}
uint64_t short_branch_distance(uint32_t half) {
  return sign_extend(bits(half, 12, 1) << 8 | bits(half, 10, 2) << 3 | bits(half, 5, 2) << 6 |
                         bits(half, 3, 2) << 1 | bits(half, 2, 1) << 5,
                     9);
}

// The upper 20 bits of a pair: rounded, because the lower part is signed.
uint32_t upper(uint32_t distance) {
  return (distance + 0x800) >> 12;
}
uint64_t upper_value(uint32_t word) {
  return sign_extend(word & 0xfffff000u, 32);
}

}  // namespace

void place_riscv(Kind kind, uint64_t target, uint64_t base, uint8_t* out) {
  const auto distance = static_cast<uint32_t>(target - base);
  switch (kind) {
    case Kind::riscv_jal:
      return store32(out, jal_bits(load32(out), distance));
    case Kind::riscv_branch:
      return store32(out, branch_bits(load32(out), distance));
    case Kind::riscv_hi20:
    case Kind::riscv_lui:
      return store32(out, with_bits(load32(out), 12, 20, upper(distance)));
    case Kind::riscv_lo12i:
      return store32(out, with_bits(load32(out), 20, 12, distance));
    case Kind::riscv_lo12s:
      return store32(out, with_bits(with_bits(load32(out), 25, 7, distance >> 5), 7, 5, distance));
    case Kind::riscv_jump11:
      return store16(out, short_jump_bits(load16(out), distance));
    case Kind::riscv_branch8:
      return store16(out, short_branch_bits(load16(out), distance));
    case Kind::riscv_call:
      store32(out, with_bits(load32(out), 12, 20, upper(distance)));
      return store32(out + 4, with_bits(load32(out + 4), 20, 12, distance));
    default:
      return;
  }
}

bool extract_riscv(Kind kind, const uint8_t* bytes, uint64_t base, uint64_t predicted,
                   uint64_t& target) {
  const uint32_t word = width_of(kind) == 2 ? load16(bytes) : load32(bytes);
  const uint32_t opcode = bits(word, 0, 7);
  switch (kind) {
    case Kind::riscv_jal:
      target = base + jal_distance(word);
      return opcode == 0x6f;
    case Kind::riscv_branch:
      target = base + branch_distance(word);
      return opcode == 0x63;
    case Kind::riscv_hi20:
    case Kind::riscv_lui:
      target = base + upper_value(word) + sign_extend((predicted - base) & low_mask, 12);
      return opcode == (kind == Kind::riscv_lui ? 0x37u : 0x17u);
    case Kind::riscv_lo12i:
      target = base + nearest(predicted - base, word >> 20, 12);
      return true;
    case Kind::riscv_lo12s:
      target = base + nearest(predicted - base, bits(word, 25, 7) << 5 | bits(word, 7, 5), 12);
      return opcode == 0x23 || opcode == 0x27;
    case Kind::riscv_jump11:
      target = base + short_jump_distance(word);
      return (word & 0x6003) == 0x2001;
    case Kind::riscv_branch8:
      target = base + short_branch_distance(word);
      return (word & 0xc003) == 0xc001;
    case Kind::riscv_call:
      target = base + upper_value(word) + sign_extend(load32(bytes + 4) >> 20, 12);
      return opcode == 0x17 && bits(load32(bytes + 4), 0, 7) == 0x67;
    default:
      return false;
  }
}

}  // namespace kerf::refs
