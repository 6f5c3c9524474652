#include "codec/deflate/block.h"

#include <algorithm>
#include <cassert>

#include "codec/deflate/huffman.h"

namespace kerf::deflate {
namespace {

// A value of `count` symbols in a row, as runs where the families make them. `previous` is the
// length before, or 16 at the start of an alphabet.
void append_run(unsigned value, unsigned count, bool repeats, std::vector<LengthSymbol>& out) {
  const auto put = [&](unsigned code, unsigned extra) {
    out.push_back({static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(extra)});
  };
  if (value == 0) {
    if (count < 3) {
      out.insert(out.end(), count, LengthSymbol{0, 0});
    } else if (count <= 10) {
      put(17, count - 3);
    } else {
      put(18, count - 11);
    }
    return;
  }
  if (!repeats && count >= 4) {
    put(value, 0);
    put(16, count - 4);
  } else if (repeats && count >= 3) {
    put(16, count - 3);
  } else {
    out.insert(out.end(), count, LengthSymbol{static_cast<std::uint8_t>(value), 0});
  }
}

// Runs never cross from one alphabet into the next, though RFC 1951 would allow it.
void append_lengths(std::span<const std::uint8_t> lengths, std::vector<LengthSymbol>& out) {
  unsigned previous = 16;  // no length
  for (std::size_t at = 0; at < lengths.size();) {
    const unsigned value = lengths[at];
    // A run is cut when it is full: 138 zeros, 7 of a new length (itself and 6 repeats), 6 more.
    const std::size_t most = value == 0 ? 138 : value == previous ? 6 : 7;
    std::size_t end = at + 1;
    while (end < lengths.size() && lengths[end] == value && end - at < most) {
      ++end;
    }
    append_run(value, static_cast<unsigned>(end - at), value == previous, out);
    previous = value;
    at = end;
  }
}

std::uint64_t dynamic_bits(const Frequencies& frequencies, const DynamicCodes& codes) {
  std::uint64_t bits = codes.header_bits();
  for (unsigned code = 0; code < kLiterals; ++code) {
    const unsigned extra = code < kEndOfBlock ? 0 : extra_bits_of_literal(code);
    bits += std::uint64_t{frequencies.literal[code]} * (codes.literal_lengths[code] + extra);
  }
  for (unsigned code = 0; code < kDistances; ++code) {
    bits += std::uint64_t{frequencies.distance[code]} *
            (codes.distance_lengths[code] + extra_bits_of_distance(code));
  }
  return bits;
}

std::uint64_t fixed_bits(const Frequencies& frequencies) {
  std::uint64_t bits = 0;
  for (unsigned code = 0; code < kLiterals; ++code) {
    const unsigned extra = code < kEndOfBlock ? 0 : extra_bits_of_literal(code);
    bits += std::uint64_t{frequencies.literal[code]} * (fixed_literal_length(code) + extra);
  }
  for (unsigned code = 0; code < kDistances; ++code) {
    bits += std::uint64_t{frequencies.distance[code]} *
            (kFixedDistanceLength + extra_bits_of_distance(code));
  }
  return bits;
}

struct FixedCodes {
  std::array<std::uint8_t, 288> literal_lengths{};
  std::array<std::uint16_t, 288> literals{};
  std::array<std::uint8_t, kDistances> distance_lengths{};
  std::array<std::uint16_t, kDistances> distances{};
  FixedCodes() {
    for (unsigned code = 0; code < literal_lengths.size(); ++code) {
      literal_lengths[code] = static_cast<std::uint8_t>(fixed_literal_length(code));
    }
    distance_lengths.fill(kFixedDistanceLength);
    canonical_codes(literal_lengths, literals);
    canonical_codes(distance_lengths, distances);
  }
};

const FixedCodes& fixed_codes() {
  static const FixedCodes codes;
  return codes;
}

void write_tokens(std::span<const Token> tokens, std::span<const std::uint8_t> literal_lengths,
                  std::span<const std::uint16_t> literals,
                  std::span<const std::uint8_t> distance_lengths,
                  std::span<const std::uint16_t> distances, BitWriter& out) {
  for (const Token token : tokens) {
    if (token.literal()) {
      out.put(literals[token.value], literal_lengths[token.value]);
      continue;
    }
    const Coded length = code_of_length(token.length);
    const unsigned length_bits = literal_lengths[length.code];
    out.put(literals[length.code] | length.extra << length_bits, length_bits + length.extra_bits);
    const Coded distance = code_of_distance(token.value);
    const unsigned distance_bits = distance_lengths[distance.code];
    out.put(distances[distance.code] | distance.extra << distance_bits,
            distance_bits + distance.extra_bits);
  }
  out.put(literals[kEndOfBlock], literal_lengths[kEndOfBlock]);
}

void write_codes(const DynamicCodes& codes, BitWriter& out) {
  out.put(codes.literals - 257, 5);
  out.put(codes.distances - 1, 5);
  out.put(codes.length_codes - 4, 4);
  for (unsigned at = 0; at < codes.length_codes; ++at) {
    out.put(codes.length_code_lengths[kLengthOrder[at]], 3);
  }
  std::array<std::uint16_t, kLengthCodes> words{};
  canonical_codes(codes.length_code_lengths, words);
  for (const LengthSymbol symbol : codes.header) {
    out.put(words[symbol.code], codes.length_code_lengths[symbol.code]);
    out.put(symbol.extra, extra_bits_of_run(symbol.code));
  }
}

}  // namespace

std::uint64_t DynamicCodes::header_bits() const {
  std::uint64_t bits = 5 + 5 + 4 + 3 * std::uint64_t{length_codes};
  for (const LengthSymbol symbol : header) {
    bits += length_code_lengths[symbol.code] + extra_bits_of_run(symbol.code);
  }
  return bits;
}

std::vector<LengthSymbol> usual_header(const DynamicCodes& codes) {
  std::vector<LengthSymbol> header;
  append_lengths(std::span(codes.literal_lengths).first(codes.literals), header);
  append_lengths(std::span(codes.distance_lengths).first(codes.distances), header);
  return header;
}

void derive_length_codes(DynamicCodes& codes) {
  std::array<std::uint32_t, kLengthCodes> counts{};
  for (const LengthSymbol symbol : codes.header) {
    ++counts[symbol.code];
  }
  code_lengths(counts, 7, codes.length_code_lengths);
  codes.length_codes = kLengthCodes;
  while (codes.length_codes > 4 &&
         codes.length_code_lengths[kLengthOrder[codes.length_codes - 1]] == 0) {
    --codes.length_codes;
  }
}

DynamicCodes derive_codes(const Frequencies& frequencies) {
  DynamicCodes codes;
  codes.literals = code_lengths(frequencies.literal, 15, codes.literal_lengths);
  codes.distances = code_lengths(frequencies.distance, 15, codes.distance_lengths);
  codes.header = usual_header(codes);
  derive_length_codes(codes);
  return codes;
}

BlockType choose_block(const Frequencies& frequencies, std::uint64_t plain, bool can_store,
                       bool force_fixed, DynamicCodes& codes) {
  codes = derive_codes(frequencies);
  // In bytes, the three bits of the block's own header counted: that is how they are compared.
  const std::uint64_t dynamic = (dynamic_bits(frequencies, codes) + 3 + 7) / 8;
  const std::uint64_t fixed = (fixed_bits(frequencies) + 3 + 7) / 8;
  const bool use_fixed = force_fixed || fixed <= dynamic;
  if (can_store && plain + 4 <= (use_fixed ? fixed : dynamic)) {
    return BlockType::stored;
  }
  return use_fixed ? BlockType::fixed : BlockType::dynamic;
}

void write_block(std::span<const Token> tokens, BlockType type, const DynamicCodes& codes,
                 bool last, BitWriter& out) {
  assert(type != BlockType::stored);
  out.put((last ? 1U : 0U) | static_cast<unsigned>(type) << 1, 3);
  if (type == BlockType::fixed) {
    const FixedCodes& fixed = fixed_codes();
    write_tokens(tokens, fixed.literal_lengths, fixed.literals, fixed.distance_lengths,
                 fixed.distances, out);
    return;
  }
  write_codes(codes, out);
  std::array<std::uint16_t, kLiterals> literals{};
  std::array<std::uint16_t, kDistances> distances{};
  canonical_codes(codes.literal_lengths, literals);
  canonical_codes(codes.distance_lengths, distances);
  write_tokens(tokens, codes.literal_lengths, literals, codes.distance_lengths, distances, out);
}

void write_stored_head(unsigned size, bool last, BitWriter& out) {
  assert(size <= 65535);
  out.put(last ? 1U : 0U, 3);
  out.align();
  out.put(size | (~size & 0xFFFF) << 16, 32);
}

void write_stored_block(Bytes plain, bool last, BitWriter& out) {
  write_stored_head(static_cast<unsigned>(plain.size()), last, out);
  out.bytes(plain);
}

}  // namespace kerf::deflate
