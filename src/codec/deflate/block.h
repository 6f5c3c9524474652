// Blocks of a deflate stream (RFC 1951, section 3.2): how tokens become bits.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "codec/deflate/bit_writer.h"
#include "codec/deflate/token.h"

namespace kerf::deflate {

enum class BlockType : std::uint8_t { stored = 0, fixed = 1, dynamic = 2 };

// One symbol of the alphabet in which code lengths are written: 0 to 15 a length, 16 to 18 a run,
// with the value of its extra bits.
struct LengthSymbol {
  std::uint8_t code;
  std::uint8_t extra;
  friend bool operator==(const LengthSymbol&, const LengthSymbol&) = default;
};

constexpr unsigned extra_bits_of_run(unsigned code) {
  return code < 16 ? 0 : code == 16 ? 2 : code == 17 ? 3 : 7;
}

// The codes of a dynamic block, and how its header writes them.
struct DynamicCodes {
  std::array<std::uint8_t, kLiterals> literal_lengths{};
  std::array<std::uint8_t, kDistances> distance_lengths{};
  std::array<std::uint8_t, kLengthCodes> length_code_lengths{};
  unsigned literals = 0;      // how many of the lengths above are written: 257 to 286,
  unsigned distances = 0;     // 1 to 30,
  unsigned length_codes = 0;  // and 4 to 19
  std::vector<LengthSymbol> header;

  // Bits of the header from HLIT up to the first symbol of the block.
  std::uint64_t header_bits() const;
  friend bool operator==(const DynamicCodes&, const DynamicCodes&) = default;
};

// Symbols counted; count() what a block adds.
struct Frequencies {
  std::array<std::uint32_t, kLiterals> literal{};
  std::array<std::uint32_t, kDistances> distance{};

  void count(Token token) {
    if (token.literal()) {
      ++literal[token.value];
    } else {
      ++literal[code_of_length(token.length).code];
      ++distance[code_of_distance(token.value).code];
    }
  }
};

// The codes that every encoder of the families would write for `frequencies` (with end of block).
DynamicCodes derive_codes(const Frequencies& frequencies);

// The parts of derive_codes(), from what `codes` has already: how its lengths would be written, and
// the code (length_code_lengths, length_codes) in which its header would be.
std::vector<LengthSymbol> usual_header(const DynamicCodes& codes);
void derive_length_codes(DynamicCodes& codes);

// What every encoder of the families would choose for a block: stored only if `can_store`, that is
// if its `plain` bytes are still in the window; `force_fixed` for zlib's strategy "fixed". Fills
// `codes` unless it is stored.
BlockType choose_block(const Frequencies& frequencies, std::uint64_t plain, bool can_store,
                       bool force_fixed, DynamicCodes& codes);

// The header of the block and its tokens. `codes` is read for dynamic blocks alone.
void write_block(std::span<const Token> tokens, BlockType type, const DynamicCodes& codes,
                 bool last, BitWriter& out);
// What stands in front of the bytes of a stored block, of which there are at most 65535; write them
// with BitWriter::bytes().
void write_stored_head(unsigned size, bool last, BitWriter& out);
// `plain`: at most 65535 bytes.
void write_stored_block(Bytes plain, bool last, BitWriter& out);

}  // namespace kerf::deflate
