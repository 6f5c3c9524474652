// Huffman codes as every encoder of the deflate families derives them from frequencies. Which of
// the many optimal codes it is (the order of equals) is part of the format.
#pragma once

#include <cstdint>
#include <span>

namespace kerf::deflate {

// Fills `lengths` (as long as `frequencies`, at most 286) with code lengths of at most `longest`
// bits (7 to 15); 0 where there is no code. At least two symbols get one, wanted or not. Returns
// the number of symbols up to the last that has a code.
unsigned code_lengths(std::span<const std::uint32_t> frequencies, unsigned longest,
                      std::span<std::uint8_t> lengths);

// The canonical codes (RFC 1951, 3.2.2) of `lengths`, each bit-reversed: ready to be written
// from the low bit up.
void canonical_codes(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> codes);

}  // namespace kerf::deflate
