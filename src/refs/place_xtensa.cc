#include "refs/bytes.h"
#include "refs/place.h"

namespace kerf::refs {
namespace {

// Big-endian instructions have the same fields, each the same way round, in the opposite order. The
// displacement is in the lowest bits there; its width tells all that has to be known.
struct BigEndian {
  Kind kind;       // the same on little-endian machines
  unsigned width;  // of the displacement; the fields below it are 4 bits each, but for n and m
};

BigEndian big_endian(Kind kind) {
  switch (kind) {
    case Kind::xtensa_be_call:
      return {Kind::xtensa_call, 18};
    case Kind::xtensa_be_jump:
      return {Kind::xtensa_jump, 18};
    case Kind::xtensa_be_l32r:
      return {Kind::xtensa_l32r, 16};
    case Kind::xtensa_be_branch8:
      return {Kind::xtensa_branch8, 8};
    case Kind::xtensa_be_branch12:
      return {Kind::xtensa_branch12, 12};
    default:
      return {Kind::none, 0};
  }
}

uint32_t load24be(const uint8_t* at) {
  return static_cast<uint32_t>(at[0]) << 16 | static_cast<uint32_t>(at[1]) << 8 | at[2];
}

// The little-endian instruction of `kind` with the opcode and the displacement of a big-endian one.
void little_endian(const uint8_t* bytes, const BigEndian& form, uint8_t* out) {
  const uint32_t word = load24be(bytes);
  store24(out, bits(word, 20, 4) | bits(word, 0, form.width) << (24 - form.width));
}

}  // namespace

void place_xtensa(Kind kind, uint64_t target, uint64_t base, uint8_t* out) {
  const BigEndian form = big_endian(kind);
  if (form.kind != Kind::none) {
    uint8_t little[3];
    little_endian(out, form, little);
    place_xtensa(form.kind, target, base, little);
    const uint32_t placed =
        with_bits(load24be(out), 0, form.width, load24(little) >> (24 - form.width));
    out[0] = static_cast<uint8_t>(placed >> 16);
    out[1] = static_cast<uint8_t>(placed >> 8);
    out[2] = static_cast<uint8_t>(placed);
    return;
  }
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
  const BigEndian form = big_endian(kind);
  if (form.kind != Kind::none) {
    uint8_t little[3];
    little_endian(bytes, form, little);
    return extract_xtensa(form.kind, little, base, target);
  }
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
