// What deflate makes of its input: literals and copies (RFC 1951, section 3.2.5).
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace kerf::deflate {

inline constexpr unsigned kMinMatch = 3;
inline constexpr unsigned kMaxMatch = 258;
inline constexpr unsigned kEndOfBlock = 256;
inline constexpr unsigned kLiterals = 286;    // codes of the literal and length alphabet in use
inline constexpr unsigned kDistances = 30;    // codes of the distance alphabet in use
inline constexpr unsigned kLengthCodes = 19;  // the alphabet in which code lengths are written

struct Token {
  std::uint16_t length;  // 0: a literal; else 3 to 258
  std::uint16_t value;   // the literal, or the distance: 1 to 32768

  bool literal() const { return length == 0; }
  // Plain bytes that it stands for.
  unsigned covers() const { return length == 0 ? 1U : length; }
  friend bool operator==(const Token&, const Token&) = default;
};

// A code of one of the alphabets, and how many extra bits follow with which value.
struct Coded {
  unsigned code;
  unsigned extra_bits;
  unsigned extra;
};

// Both alphabets number their classes alike: four (lengths) or two (distances) codes for each power
// of two, the lowest ones without extra bits.
constexpr Coded code_of_length(unsigned length) {
  if (length == kMaxMatch) {
    return {285, 0, 0};
  }
  const unsigned offset = length - kMinMatch;
  if (offset < 8) {
    return {257 + offset, 0, 0};
  }
  const unsigned bits = static_cast<unsigned>(std::bit_width(offset)) - 3;
  return {257 + 4 * bits + (offset >> bits), bits, offset & ((1U << bits) - 1)};
}

constexpr Coded code_of_distance(unsigned distance) {
  const unsigned offset = distance - 1;
  if (offset < 4) {
    return {offset, 0, 0};
  }
  const unsigned bits = static_cast<unsigned>(std::bit_width(offset)) - 2;
  return {2 * bits + (offset >> bits), bits, offset & ((1U << bits) - 1)};
}

constexpr unsigned extra_bits_of_literal(unsigned code) {
  return code < 265 || code == 285 ? 0 : (code - 261) / 4;
}
constexpr unsigned extra_bits_of_distance(unsigned code) {
  return code < 4 ? 0 : code / 2 - 1;
}

// The least length or distance of a code; the inverse of the above.
constexpr unsigned base_of_length(unsigned code) {
  if (code == 285) {
    return kMaxMatch;
  }
  const unsigned bits = extra_bits_of_literal(code);
  return kMinMatch + (bits == 0 ? code - 257 : ((code - 257) % 4 + 4) << bits);
}
constexpr unsigned base_of_distance(unsigned code) {
  const unsigned bits = extra_bits_of_distance(code);
  return 1 + (bits == 0 ? code : (code % 2 + 2) << bits);
}

// Lengths of the fixed codes (section 3.2.6).
constexpr unsigned fixed_literal_length(unsigned code) {
  return code < 144 ? 8 : code < 256 ? 9 : code < 280 ? 7 : 8;
}
inline constexpr unsigned kFixedDistanceLength = 5;

// The order in which lengths of the code length alphabet are written (section 3.2.7).
inline constexpr std::array<std::uint8_t, kLengthCodes> kLengthOrder{
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

}  // namespace kerf::deflate
