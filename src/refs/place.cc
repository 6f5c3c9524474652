#include "refs/place.h"

#include "refs/config.h"

namespace kerf::refs {
namespace {

enum class Family : uint8_t { data, aarch64, a32, thumb, xtensa, riscv };

// Kinds are numbered in blocks, one an instruction set.
Family family_of(Kind kind) {
  const auto number = static_cast<unsigned>(kind);
  if (number >= 32 && number < 48) {
    return Family::aarch64;
  }
  if (number >= 48 && number < 64) {
    return Family::a32;
  }
  if (number >= 64 && number < 80) {
    return Family::thumb;
  }
  if (number >= 80 && number < 96) {
    return Family::xtensa;
  }
  if (number >= 96 && number < 112) {
    return Family::riscv;
  }
  return Family::data;
}

}  // namespace

void place(Kind kind, const uint8_t* old_bytes, uint64_t new_target, uint64_t new_base,
           uint8_t* out) {
  // Bytewise and forwards, so that the two may be the same.
  for (unsigned i = 0; i < width_of(kind); ++i) {
    out[i] = old_bytes[i];
  }
  switch (family_of(kind)) {
    case Family::data:
      return place_data(kind, new_target, new_base, out);
    case Family::aarch64:
      if constexpr (included(Scanner::aarch64)) place_aarch64(kind, new_target, new_base, out);
      return;
    case Family::a32:
      if constexpr (included(Scanner::a32)) place_a32(kind, new_target, new_base, out);
      return;
    case Family::thumb:
      if constexpr (included(Scanner::thumb)) place_thumb(kind, new_target, new_base, out);
      return;
    case Family::xtensa:
      if constexpr (included(Scanner::xtensa)) place_xtensa(kind, new_target, new_base, out);
      return;
    case Family::riscv:
      if constexpr (included(Scanner::riscv)) place_riscv(kind, new_target, new_base, out);
      return;
  }
}

bool extract(Kind kind, const uint8_t* new_bytes, uint64_t new_base, uint64_t predicted,
             uint64_t address_mask, uint64_t& target) {
  uint64_t found = 0;
  bool known = false;
  switch (family_of(kind)) {
    case Family::data:
      known = extract_data(kind, new_bytes, new_base, found);
      break;
    case Family::aarch64:
      if constexpr (included(Scanner::aarch64))
        known = extract_aarch64(kind, new_bytes, new_base, predicted, found);
      break;
    case Family::a32:
      if constexpr (included(Scanner::a32))
        known = extract_a32(kind, new_bytes, new_base, predicted, found);
      break;
    case Family::thumb:
      if constexpr (included(Scanner::thumb))
        known = extract_thumb(kind, new_bytes, new_base, predicted, found);
      break;
    case Family::xtensa:
      if constexpr (included(Scanner::xtensa))
        known = extract_xtensa(kind, new_bytes, new_base, found);
      break;
    case Family::riscv:
      if constexpr (included(Scanner::riscv))
        known = extract_riscv(kind, new_bytes, new_base, predicted, found);
      break;
  }
  if (known) {
    target = found & address_mask;
  }
  return known;
}

uint8_t width_of(Kind kind) {
  switch (kind) {
    case Kind::none:
      return 0;
    case Kind::x86_short:
      return 1;
    case Kind::thumb_branch8:
    case Kind::thumb_jump11:
    case Kind::thumb_cbz:
    case Kind::thumb_literal8:
    case Kind::thumb_adr8:
    case Kind::riscv_jump11:
    case Kind::riscv_branch8:
      return 2;
    case Kind::xtensa_call:
    case Kind::xtensa_jump:
    case Kind::xtensa_l32r:
    case Kind::xtensa_branch8:
    case Kind::xtensa_branch12:
    case Kind::xtensa_be_call:
    case Kind::xtensa_be_jump:
    case Kind::xtensa_be_l32r:
    case Kind::xtensa_be_branch8:
    case Kind::xtensa_be_branch12:
      return 3;
    case Kind::absolute64:
    case Kind::size64:
    case Kind::rela_offset64:
    case Kind::rela_addend64:
    case Kind::symbol_value64:
    case Kind::riscv_call:
      return 8;
    default:
      return 4;
  }
}

}  // namespace kerf::refs
