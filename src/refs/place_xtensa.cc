#include "refs/bytes.h"
#include "refs/place.h"

namespace kerf::refs {

void place_xtensa(Kind kind, uint64_t target, uint64_t base, uint8_t* out) {
  const uint32_t word = load24(out);
  const uint64_t next = target - base - 4;  // distances count from pc + 4
  switch (kind) {
    case Kind::xtensa_call:
      return store24(out, with_bits(word, 6, 18, (target - (base & ~uint64_t{3}) - 4) >> 2));
    case Kind::xtensa_jump:
      return store24(out, with_bits(word, 6, 18, next));
    case Kind::xtensa_l32r:
      return store24(out, with_bits(word, 8, 16, (target - ((base + 3) & ~uint64_t{3})) >> 2));
    case Kind::xtensa_branch8:
      return store24(out, with_bits(word, 16, 8, next));
    case Kind::xtensa_branch12:
      return store24(out, with_bits(word, 12, 12, next));
    default:
      return;
  }
}

bool extract_xtensa(Kind kind, const uint8_t* bytes, uint64_t base, uint64_t& target) {
  const uint32_t word = load24(bytes);
  switch (kind) {
    case Kind::xtensa_call:
      if (bits(word, 0, 4) != 5) return false;
      target = (base & ~uint64_t{3}) + 4 + (sign_extend(word >> 6, 18) << 2);
      return true;
    case Kind::xtensa_jump:
      if (bits(word, 0, 6) != 6) return false;
      target = base + 4 + sign_extend(word >> 6, 18);
      return true;
    case Kind::xtensa_l32r:
      if (bits(word, 0, 4) != 1) return false;
      target = ((base + 3) & ~uint64_t{3}) - 0x40000 + (bits(word, 8, 16) << 2);
      return true;
    case Kind::xtensa_branch8:
      target = base + 4 + sign_extend(word >> 16, 8);
      return true;
    case Kind::xtensa_branch12:
      target = base + 4 + sign_extend(word >> 12, 12);
      return true;
    default:
      return false;
  }
}

}  // namespace kerf::refs
