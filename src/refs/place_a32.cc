#include "refs/bytes.h"
#include "refs/place.h"

namespace kerf::refs {
namespace {

// The 12-bit modified immediate of `value`, with the smallest rotation; false if there is none.
bool modified_immediate(uint32_t value, uint32_t& encoded) {
  for (uint32_t rotation = 0; rotation < 16; ++rotation) {
    const uint32_t turned =
        rotation == 0 ? value : value << 2 * rotation | value >> (32 - 2 * rotation);
    if (turned < 256) {
      encoded = rotation << 8 | turned;
      return true;
    }
  }
  return false;
}

uint32_t immediate_value(uint32_t encoded) {
  const uint32_t rotation = 2 * bits(encoded, 8, 4);
  const uint32_t value = encoded & 255;
  return rotation == 0 ? value : value >> rotation | value << (32 - rotation);
}

uint32_t place_adr(uint32_t word, uint32_t distance) {
  constexpr uint32_t add = 4;  // opcode, bits 21 to 24
  constexpr uint32_t subtract = 2;
  uint32_t encoded;
  if (distance < 0x80000000u && modified_immediate(distance, encoded)) {
    return with_bits(with_bits(word, 21, 4, add), 0, 12, encoded);
  }
  if (modified_immediate(0u - distance, encoded)) {
    return with_bits(with_bits(word, 21, 4, subtract), 0, 12, encoded);
  }
  return word;
}

}  // namespace

void place_a32(Kind kind, uint64_t target, uint64_t base, uint8_t* out) {
  const uint32_t word = load32(out);
  const auto distance = static_cast<uint32_t>(target - base);
  const uint32_t magnitude = distance < 0x80000000u ? distance : 0u - distance;
  uint32_t result = word;
  switch (kind) {
    case Kind::a32_call:
    case Kind::a32_jump:
      result = with_bits(word, 0, 24, distance >> 2);
      if (word >> 28 == 15) result = with_bits(result, 24, 1, distance >> 1);  // BLX: halfword
      break;
    case Kind::a32_literal:
      result = with_bits(word, 0, 12, magnitude);
      // Plus zero and minus zero are both in use.
      if (distance != 0) result = with_bits(result, 23, 1, distance < 0x80000000u ? 1 : 0);
      break;
    case Kind::a32_movw:
      result = with_bits(with_bits(word, 0, 12, distance), 16, 4, distance >> 12);
      break;
    case Kind::a32_movt:
      result = with_bits(with_bits(word, 0, 12, distance >> 16), 16, 4, distance >> 28);
      break;
    case Kind::a32_adr:
      result = place_adr(word, distance);
      break;
    case Kind::a32_plt_add:
      result = with_bits(word, 0, 8, distance >> 12);
      break;
    case Kind::a32_plt_load:
      result = with_bits(word, 0, 12, distance);
      break;
    default:
      break;
  }
  store32(out, result);
}

bool extract_a32(Kind kind, const uint8_t* bytes, uint64_t base, uint64_t predicted,
                 uint64_t& target) {
  const uint32_t word = load32(bytes);
  const uint32_t imm16 = bits(word, 16, 4) << 12 | bits(word, 0, 12);
  switch (kind) {
    case Kind::a32_call:
    case Kind::a32_jump:
      if (bits(word, 25, 3) != 5) return false;
      target = base + (sign_extend(word, 24) << 2);
      if (word >> 28 == 15) target += bits(word, 24, 1) << 1;
      return true;
    case Kind::a32_literal:
      if (bits(word, 16, 4) != 15 || bits(word, 25, 3) != 2) return false;
      target = bits(word, 23, 1) == 1 ? base + bits(word, 0, 12) : base - bits(word, 0, 12);
      return true;
    case Kind::a32_movw:
      if (bits(word, 20, 8) != 0x30) return false;
      target = base + nearest(predicted - base, imm16, 16);
      return true;
    case Kind::a32_movt:
      if (bits(word, 20, 8) != 0x34) return false;
      target = base + ((predicted - base) & 0xffff) + (static_cast<uint64_t>(imm16) << 16);
      return true;
    case Kind::a32_adr:
      if (bits(word, 16, 4) != 15 || bits(word, 25, 3) != 1) return false;
      if (bits(word, 21, 4) != 4 && bits(word, 21, 4) != 2) return false;
      target = bits(word, 21, 4) == 4 ? base + immediate_value(word) : base - immediate_value(word);
      return true;
    case Kind::a32_plt_add:
      target = base + ((predicted - base) & ~uint64_t{0xff000}) + (uint64_t{word & 255} << 12);
      return (word & 0xfffff000) == 0xe28cc000;
    case Kind::a32_plt_load:
      target = base + nearest(predicted - base, bits(word, 0, 12), 12);
      return (word & 0xfffff000) == 0xe5bcf000;
    default:
      return false;
  }
}

}  // namespace kerf::refs
