// The entropy models of profile `tiny`: adaptive binary decisions of 12 bits, about 2.5 KB in all.
// Part of the format (docs/formats/sliver-tiny.md); the encoder uses the same code.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace kerf::mcu {

// The probability of a one in 12 bits, and in the low 4 bits how often it was taught: the first
// lessons count more.
struct Bit {
  uint16_t state;

  static constexpr uint16_t start = 2048u << 4;

  // 32 to 4064 of 4096: no decision takes more than 7 bits.
  uint32_t p() const {
    const uint32_t value = state >> 4;
    return value < 32 ? 32 : value > 4064 ? 4064 : value;
  }
  // `limit`: the final rate is 2^-limit, at most 7.
  void update(bool bit, uint32_t limit) {
    const uint32_t n = state & 15;
    uint32_t value = state >> 4;
    const uint32_t rate = 1 + (n + (n >> 1)) / 4 < limit ? 1 + (n + (n >> 1)) / 4 : limit;
    if (bit) {
      value += (4095 - value) >> rate;
    } else {
      value -= value >> rate;
    }
    state = static_cast<uint16_t>(value << 4 | (n < 15 ? n + 1 : n));
  }
};

inline constexpr uint32_t flag_limit = 5;
inline constexpr uint32_t tree_limit = 4;

// Numbers below 2^31 by slot: 0 and 1 have slots of their own, n bits have slot n.
struct NumberModel {
  static constexpr unsigned slot_bits = 5;
  static constexpr unsigned finer = 0;
  Bit slots[32];
};
// Likewise, but 2n and 2n + 1 are the slots of n + 1 bits whose second bit is 0 or 1.
struct FineNumberModel {
  static constexpr unsigned slot_bits = 6;
  static constexpr unsigned finer = 1;
  Bit slots[64];
};

inline constexpr unsigned op_contexts = 6;
inline constexpr unsigned field_groups = 4;

struct Models {
  Bit is_match[op_contexts];
  Bit is_cover[op_contexts];
  Bit from_old[4];
  Bit match_repeats[4];
  Bit cover_repeats[4];
  Bit cover_ranks[3];
  Bit backward[3];
  NumberModel cover_distance;
  FineNumberModel cover_length[2];
  FineNumberModel match_length[2];
  NumberModel old_distance;
  NumberModel new_distance;
  NumberModel field_error;
  Bit group_equal[16];
  Bit byte_equal[32];
  Bit first_right[field_groups][32];
  Bit second_right[field_groups][4];
  Bit numeric[field_groups];
  Bit field_byte[8];
  Bit literal_high[16][16];
  Bit literal_low[16][16];
  Bit error_high[2][16];
  Bit error_low[16][16];

  void reset() {
    Bit* bits = reinterpret_cast<Bit*>(this);
    for (size_t i = 0; i < sizeof(Models) / sizeof(Bit); ++i) bits[i].state = Bit::start;
  }
};

// The symbols of the stream, coded by `Coder`: bit(bool, uint32_t p12) and direct(value, count),
// which encode their argument, or ignore it and decode. Every function returns what was coded.
template <class Coder>
class Symbols {
 public:
  explicit Symbols(Coder& coder) : coder_(coder) {}

  bool flag(Bit& model, bool value) {
    const bool bit = coder_.bit(value, model.p());
    if (Coder::learns) model.update(bit, flag_limit);
    return bit;
  }

  template <class Number>
  uint32_t number(Number& model, uint32_t value) {
    const uint32_t slot = tree(model.slots, Number::slot_bits, slot_of(value, Number::finer));
    if (slot < 2u << Number::finer) return slot;
    const uint32_t extra = (slot >> Number::finer) - 1;
    const uint32_t base = Number::finer != 0 ? (2 | (slot & 1)) << extra : 1u << extra;
    return base + direct(value - base, extra);
  }
  static uint32_t slot_of(uint32_t value, unsigned finer) {
    if (value < 2u << finer) return value;
    uint32_t bits = 1;
    while (value >> bits > 1) ++bits;
    return finer != 0 ? bits << 1 | (value >> (bits - 1) & 1) : bits + 1;
  }

  // A byte in two trees of 4 bits.
  uint8_t byte(Bit* high, Bit (*low)[16], uint8_t value) {
    const uint32_t top = tree(high, 4, value >> 4);
    return static_cast<uint8_t>(top << 4 | tree(low[top], 4, value & 15));
  }

 private:
  uint32_t tree(Bit* nodes, unsigned count, uint32_t value) {
    uint32_t node = 1;
    for (unsigned i = count; i-- > 0;) {
      Bit& model = nodes[node];
      const bool bit = coder_.bit((value >> i & 1) != 0, model.p());
      if (Coder::learns) model.update(bit, tree_limit);
      node = node << 1 | (bit ? 1 : 0);
    }
    return node - (uint32_t{1} << count);
  }

  uint32_t direct(uint32_t value, unsigned count) {
    uint32_t made = 0;
    for (unsigned i = count; i-- > 0;) {
      made = made << 1 | (coder_.bit((value >> i & 1) != 0, 2048) ? 1 : 0);
    }
    return made;
  }

  Coder& coder_;
};

}  // namespace kerf::mcu
