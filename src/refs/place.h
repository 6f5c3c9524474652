// The encodings by instruction set; place.cc picks the right one. Internal to refs.
#pragma once

#include "refs/field.h"

namespace kerf::refs {

// As place() and extract() of field.h, for the kinds of one family each; `out` holds the old bytes.
// Addresses are modulo 2^64.
void place_data(Kind kind, uint64_t target, uint64_t base, uint8_t* out);
bool extract_data(Kind kind, const uint8_t* bytes, uint64_t base, uint64_t& target);
void place_aarch64(Kind kind, uint64_t target, uint64_t base, uint8_t* out);
bool extract_aarch64(Kind kind, const uint8_t* bytes, uint64_t base, uint64_t predicted,
                     uint64_t& target);
void place_a32(Kind kind, uint64_t target, uint64_t base, uint8_t* out);
bool extract_a32(Kind kind, const uint8_t* bytes, uint64_t base, uint64_t predicted,
                 uint64_t& target);
void place_thumb(Kind kind, uint64_t target, uint64_t base, uint8_t* out);
bool extract_thumb(Kind kind, const uint8_t* bytes, uint64_t base, uint64_t predicted,
                   uint64_t& target);
void place_xtensa(Kind kind, uint64_t target, uint64_t base, uint8_t* out);
bool extract_xtensa(Kind kind, const uint8_t* bytes, uint64_t base, uint64_t& target);
void place_riscv(Kind kind, uint64_t target, uint64_t base, uint8_t* out);
bool extract_riscv(Kind kind, const uint8_t* bytes, uint64_t base, uint64_t predicted,
                   uint64_t& target);

// The address nearest to `predicted` whose lowest `count` bits are those of `low`.
inline uint64_t nearest(uint64_t predicted, uint64_t low, unsigned count) {
  const uint64_t span = uint64_t{1} << count;
  const uint64_t step = (low - predicted) & (span - 1);
  return step < span / 2 ? predicted + step : predicted + step - span;
}

}  // namespace kerf::refs
