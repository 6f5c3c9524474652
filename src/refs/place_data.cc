#include "refs/bytes.h"
#include "refs/config.h"
#include "refs/place.h"

namespace kerf::refs {
namespace {

// Devices without these scanners need no 64-bit division.
constexpr bool numbers_symbols = included(Scanner::rela) || included(Scanner::rel) ||
                                 included(Scanner::dynsym) || included(Scanner::buckets);
constexpr uint64_t symbol64_size = 24;
constexpr uint64_t symbol32_size = 16;

}  // namespace

void place_data(Kind kind, uint64_t target, uint64_t base, uint8_t* out) {
  const uint64_t distance = target - base;
  const auto low = static_cast<uint32_t>(distance);
  switch (kind) {
    case Kind::none:
      return;
    case Kind::x86_short:
      out[0] = static_cast<uint8_t>(distance);
      return;
    case Kind::absolute64:
    case Kind::rela_offset64:
    case Kind::rela_addend64:
    case Kind::symbol_value64:
    case Kind::size64:
      return store64(out, distance);
    case Kind::cie_distance32:
      return store32(out, 0u - low);
    case Kind::prel31:
      return store32(out, with_bits(load32(out), 0, 31, distance));
    case Kind::symbol64:
    case Kind::bucket64:
      if constexpr (numbers_symbols) {
        store32(out, static_cast<uint32_t>(distance / symbol64_size));
      }
      return;
    case Kind::bucket32:
      return store32(out, static_cast<uint32_t>(distance / symbol32_size));
    case Kind::symbol32:
      return store32(out, with_bits(load32(out), 8, 24, distance / symbol32_size));
    case Kind::absolute32_be:
      store16(out, bits(low, 24, 8) | bits(low, 16, 8) << 8);
      return store16(out + 2, bits(low, 8, 8) | bits(low, 0, 8) << 8);
    case Kind::go_index32:
      return store32(out, static_cast<uint32_t>(distance / 4));
    case Kind::btf_type32:
      return store32(out, static_cast<uint32_t>(target - btf_types));
    case Kind::thumb_pointer:
      return store32(out, (low & ~1u) | (out[0] & 1u));
    default:
      return store32(out, low);
  }
}

bool extract_data(Kind kind, const uint8_t* bytes, uint64_t base, uint64_t& target) {
  switch (kind) {
    case Kind::none:
      return false;
    case Kind::x86_short:
      target = base + sign_extend(bytes[0], 8);
      return true;
    case Kind::absolute64:
    case Kind::rela_offset64:
    case Kind::rela_addend64:
    case Kind::symbol_value64:
    case Kind::size64:
      target = base + load64(bytes);
      return true;
    case Kind::absolute32:
    case Kind::rela_offset32:
    case Kind::rela_addend32:
    case Kind::symbol_value32:
    case Kind::size32:
    case Kind::offset32:
    case Kind::btf_name32:
    case Kind::symbol_name32:
    case Kind::go_offset32:
      target = base + load32(bytes);
      return true;
    case Kind::cie_distance32:
      target = base - load32(bytes);
      return true;
    case Kind::prel31:
      target = base + sign_extend(load32(bytes), 31);
      return true;
    case Kind::symbol64:
    case Kind::bucket64:
      target = base + load32(bytes) * symbol64_size;
      return true;
    case Kind::bucket32:
      target = base + load32(bytes) * symbol32_size;
      return true;
    case Kind::symbol32:
      target = base + (load32(bytes) >> 8) * symbol32_size;
      return true;
    case Kind::absolute32_be:
      target = base + load32be(bytes);
      return true;
    case Kind::go_index32:
      target = base + uint64_t{load32(bytes)} * 4;
      return true;
    case Kind::btf_type32:
      target = btf_types + load32(bytes);
      return true;
    case Kind::thumb_pointer:
      target = load32(bytes) & ~1u;
      return true;
    default:
      target = base + sign_extend(load32(bytes), 32);
      return true;
  }
}

}  // namespace kerf::refs
