// Decisions, trees and numbers with probabilities that learn, over a range coder. Coder:
// model::RangeEncoder, which is told what is there and returns it, or model::RangeDecoder, whose
// argument does not matter and which returns what was there.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace kerf::deflate {

// A decision with a probability that learns: fast at first, then by 1/64.
class Decision {
 public:
  template <class Coder>
  bool code(Coder& coder, bool bit) {
    bit = coder.code(bit, one_);
    const unsigned shift = seen_ < 6 ? ++seen_ : 6U;
    const unsigned one = one_;
    one_ = static_cast<std::uint16_t>(bit ? one + ((65535 - one) >> shift) : one - (one >> shift));
    return bit;
  }

 private:
  std::uint16_t one_ = 32768;  // of 65536; never 0
  std::uint8_t seen_ = 0;
};

// A number of Bits bits, the high ones first, each in the context of those above it.
template <unsigned Bits>
class Tree {
 public:
  template <class Coder>
  unsigned code(Coder& coder, unsigned value) {
    unsigned node = 1;
    for (unsigned bit = Bits; bit-- > 0;) {
      node = node << 1 | (nodes_[node].code(coder, (value >> bit & 1) != 0) ? 1U : 0U);
    }
    return node - (1U << Bits);
  }

 private:
  std::array<Decision, 1U << Bits> nodes_{};
};

// A number of up to 20 bits: how many bits it has, then these, the highest (a one) left out.
class Number {
 public:
  template <class Coder>
  unsigned code(Coder& coder, unsigned value) {
    const unsigned bits =
        std::min(20U, width_.code(coder, static_cast<unsigned>(std::bit_width(value))));
    unsigned result = bits == 0 ? 0 : 1;
    for (unsigned bit = bits == 0 ? 0 : bits - 1; bit-- > 0;) {
      result = result << 1 | (bits_[bits][bit].code(coder, (value >> bit & 1) != 0) ? 1U : 0U);
    }
    return result;
  }

 private:
  Tree<5> width_;
  std::array<std::array<Decision, 20>, 21> bits_{};
};

}  // namespace kerf::deflate
