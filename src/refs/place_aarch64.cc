#include "refs/bytes.h"
#include "refs/place.h"

namespace kerf::refs {
namespace {

constexpr uint64_t page_mask = 4095;

// Bits by which a load or store shifts its unsigned immediate.
unsigned scale_of(uint32_t word) {
  const bool quad = bits(word, 26, 1) == 1 && bits(word, 23, 1) == 1;  // 128-bit vector register
  return quad ? 4 : word >> 30;
}

struct Form {
  uint32_t mask;  // which bits make the instruction what it is
  uint32_t value;
};

Form form_of(Kind kind) {
  switch (kind) {
    case Kind::a64_call:
      return {0xfc000000, 0x94000000};
    case Kind::a64_jump:
      return {0xfc000000, 0x14000000};
    case Kind::a64_test:
      return {0x7e000000, 0x36000000};
    case Kind::a64_page:
      return {0x9f000000, 0x90000000};
    case Kind::a64_adr:
      return {0x9f000000, 0x10000000};
    case Kind::a64_add:
      return {0x7fc00000, 0x11000000};
    case Kind::a64_load:
      return {0x3b000000, 0x39000000};
    case Kind::a64_literal:
      return {0x3b000000, 0x18000000};
    default:
      return {0, 0};  // a64_branch: two unlike encodings share their displacement
  }
}

}  // namespace

void place_aarch64(Kind kind, uint64_t target, uint64_t base, uint8_t* out) {
  const uint32_t word = load32(out);
  const uint64_t distance = target - base;
  uint32_t result = word;
  switch (kind) {
    case Kind::a64_call:
    case Kind::a64_jump:
      result = with_bits(word, 0, 26, distance >> 2);
      break;
    case Kind::a64_branch:
    case Kind::a64_literal:
      result = with_bits(word, 5, 19, distance >> 2);
      break;
    case Kind::a64_test:
      result = with_bits(word, 5, 14, distance >> 2);
      break;
    case Kind::a64_page: {
      const uint64_t pages = ((target & ~page_mask) - (base & ~page_mask)) >> 12;
      result = with_bits(with_bits(word, 29, 2, pages), 5, 19, pages >> 2);
      break;
    }
    case Kind::a64_adr:
      result = with_bits(with_bits(word, 29, 2, distance), 5, 19, distance >> 2);
      break;
    case Kind::a64_add:
      result = with_bits(word, 10, 12, target);
      break;
    case Kind::a64_load:
      result = with_bits(word, 10, 12, (target & page_mask) >> scale_of(word));
      break;
    default:
      break;
  }
  store32(out, result);
}

bool extract_aarch64(Kind kind, const uint8_t* bytes, uint64_t base, uint64_t predicted,
                     uint64_t& target) {
  const uint32_t word = load32(bytes);
  const Form form = form_of(kind);
  if ((word & form.mask) != form.value) {
    return false;
  }
  switch (kind) {
    case Kind::a64_call:
    case Kind::a64_jump:
      target = base + (sign_extend(word, 26) << 2);
      return true;
    case Kind::a64_branch:
      if ((word & 0xff000000) != 0x54000000 && (word & 0x7e000000) != 0x34000000) {
        return false;
      }
      target = base + (sign_extend(word >> 5, 19) << 2);
      return true;
    case Kind::a64_literal:
      target = base + (sign_extend(word >> 5, 19) << 2);
      return true;
    case Kind::a64_test:
      target = base + (sign_extend(word >> 5, 14) << 2);
      return true;
    case Kind::a64_page: {
      const uint64_t pages = sign_extend(bits(word, 5, 19), 19) << 2 | bits(word, 29, 2);
      target = (base & ~page_mask) + (pages << 12) + (predicted & page_mask);
      return true;
    }
    case Kind::a64_adr:
      target = base + (sign_extend(bits(word, 5, 19), 19) << 2 | bits(word, 29, 2));
      return true;
    case Kind::a64_add:
      target = nearest(predicted, bits(word, 10, 12), 12);
      return true;
    case Kind::a64_load:
      target = nearest(predicted, static_cast<uint64_t>(bits(word, 10, 12)) << scale_of(word), 12);
      return true;
    default:
      return false;
  }
}

}  // namespace kerf::refs
