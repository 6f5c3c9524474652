#include "refs/bytes.h"
#include "refs/place.h"

namespace kerf::refs {
namespace {

// BLX ends in Arm code: its base is the word that pc stands in.
bool is_blx(uint32_t second) {
  return (second & 0xd001) == 0xc000;
}

uint64_t aligned(uint64_t base) {
  return base & ~uint64_t{3};
}

void place_call(uint64_t target, uint64_t base, uint8_t* out) {
  const uint32_t first = load16(out);
  const uint32_t second = load16(out + 2);
  const auto distance = static_cast<uint32_t>(target - (is_blx(second) ? aligned(base) : base));
  const uint32_t sign = bits(distance, 24, 1);
  const uint32_t j1 = (bits(distance, 23, 1) ^ 1) ^ sign;
  const uint32_t j2 = (bits(distance, 22, 1) ^ 1) ^ sign;
  store16(out, with_bits(with_bits(first, 10, 1, sign), 0, 10, distance >> 12));
  store16(out + 2,
          with_bits(with_bits(with_bits(second, 13, 1, j1), 11, 1, j2), 0, 11, distance >> 1));
}

uint64_t call_distance(uint32_t first, uint32_t second) {
  const uint32_t sign = bits(first, 10, 1);
  const uint32_t i1 = (bits(second, 13, 1) ^ sign) ^ 1;
  const uint32_t i2 = (bits(second, 11, 1) ^ sign) ^ 1;
  return sign_extend(
      sign << 24 | i1 << 23 | i2 << 22 | bits(first, 0, 10) << 12 | bits(second, 0, 11) << 1, 25);
}

void place_wide_branch(uint32_t distance, uint8_t* out) {
  const uint32_t first =
      with_bits(with_bits(load16(out), 10, 1, distance >> 20), 0, 6, distance >> 12);
  uint32_t second = with_bits(load16(out + 2), 13, 1, distance >> 18);
  second = with_bits(with_bits(second, 11, 1, distance >> 19), 0, 11, distance >> 1);
  store16(out, first);
  store16(out + 2, second);
}

uint64_t wide_branch_distance(uint32_t first, uint32_t second) {
  return sign_extend(bits(first, 10, 1) << 20 | bits(second, 11, 1) << 19 |
                         bits(second, 13, 1) << 18 | bits(first, 0, 6) << 12 |
                         bits(second, 0, 11) << 1,
                     21);
}

void place_half(uint32_t half, uint8_t* out) {
  store16(out, with_bits(with_bits(load16(out), 10, 1, half >> 11), 0, 4, half >> 12));
  store16(out + 2, with_bits(with_bits(load16(out + 2), 12, 3, half >> 8), 0, 8, half));
}

uint32_t half_of(uint32_t first, uint32_t second) {
  return bits(first, 0, 4) << 12 | bits(first, 10, 1) << 11 | bits(second, 12, 3) << 8 |
         bits(second, 0, 8);
}

}  // namespace

void place_thumb(Kind kind, uint64_t target, uint64_t base, uint8_t* out) {
  const uint32_t first = load16(out);
  const auto distance = static_cast<uint32_t>(target - base);
  const auto from_word = static_cast<uint32_t>(target - aligned(base));
  switch (kind) {
    case Kind::thumb_call:
    case Kind::thumb_jump:
      return place_call(target, base, out);
    case Kind::thumb_branch:
      return place_wide_branch(distance, out);
    case Kind::thumb_branch8:
      return store16(out, with_bits(first, 0, 8, distance >> 1));
    case Kind::thumb_jump11:
      return store16(out, with_bits(first, 0, 11, distance >> 1));
    case Kind::thumb_cbz:
      return store16(out, with_bits(with_bits(first, 9, 1, distance >> 6), 3, 5, distance >> 1));
    case Kind::thumb_literal8:
    case Kind::thumb_adr8:
      return store16(out, with_bits(first, 0, 8, from_word >> 2));
    case Kind::thumb_literal12: {
      const bool forwards = from_word < 0x80000000u;
      // Plus zero and minus zero are both in use.
      if (from_word != 0) store16(out, with_bits(first, 7, 1, forwards ? 1 : 0));
      return store16(out + 2,
                     with_bits(load16(out + 2), 0, 12, forwards ? from_word : 0u - from_word));
    }
    case Kind::thumb_movw:
      return place_half(distance & 0xffff, out);
    case Kind::thumb_movt:
      return place_half(distance >> 16, out);
    default:
      return;
  }
}

bool extract_thumb(Kind kind, const uint8_t* bytes, uint64_t base, uint64_t predicted,
                   uint64_t& target) {
  const uint32_t first = load16(bytes);
  const uint32_t second = width_of(kind) == 4 ? load16(bytes + 2) : 0;
  switch (kind) {
    case Kind::thumb_call:
    case Kind::thumb_jump:
      if ((first & 0xf800) != 0xf000 || (second & 0x8000) == 0) return false;
      if ((second & 0xd000) != 0x9000 && (second & 0xd000) != 0xd000 && !is_blx(second)) {
        return false;
      }
      target = (is_blx(second) ? aligned(base) : base) + call_distance(first, second);
      return true;
    case Kind::thumb_branch:
      if ((first & 0xf800) != 0xf000 || (second & 0xd000) != 0x8000) return false;
      target = base + wide_branch_distance(first, second);
      return true;
    case Kind::thumb_branch8:
      if ((first & 0xf000) != 0xd000) return false;
      target = base + (sign_extend(first, 8) << 1);
      return true;
    case Kind::thumb_jump11:
      if ((first & 0xf800) != 0xe000) return false;
      target = base + (sign_extend(first, 11) << 1);
      return true;
    case Kind::thumb_cbz:
      if ((first & 0xf500) != 0xb100) return false;
      target = base + (bits(first, 9, 1) << 6 | bits(first, 3, 5) << 1);
      return true;
    case Kind::thumb_literal8:
    case Kind::thumb_adr8:
      if ((first & 0xf800) != (kind == Kind::thumb_adr8 ? 0xa000u : 0x4800u)) return false;
      target = aligned(base) + (bits(first, 0, 8) << 2);
      return true;
    case Kind::thumb_literal12:
      if ((first & 0xff7f) != 0xf85f) return false;
      target = bits(first, 7, 1) == 1 ? aligned(base) + bits(second, 0, 12)
                                      : aligned(base) - bits(second, 0, 12);
      return true;
    case Kind::thumb_movw:
      if ((first & 0xfbf0) != 0xf240) return false;
      target = base + nearest(predicted - base, half_of(first, second), 16);
      return true;
    case Kind::thumb_movt:
      if ((first & 0xfbf0) != 0xf2c0) return false;
      target = base + ((predicted - base) & 0xffff) +
               (static_cast<uint64_t>(half_of(first, second)) << 16);
      return true;
    default:
      return false;
  }
}

}  // namespace kerf::refs
