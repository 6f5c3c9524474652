// A quick "certainly not" before a search: which short strings occur in the source at all.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace kerf::suffix {

// A Bloom filter with one probe over all strings of seed_length bytes. Memory: at most half a byte
// per byte of text. Immutable after construction.
class SeedFilter {
 public:
  static constexpr std::size_t seed_length = 8;

  explicit SeedFilter(Bytes text);
  static std::uint64_t memory(std::uint64_t text_length) { return words_for(text_length) * 8; }

  // False if no source string begins with the first seed_length bytes of `string` (which must be
  // there); true if one does, and in up to half of the other cases.
  bool may_contain(const std::uint8_t* string) const {
    const std::uint64_t bit = slot(string);
    return (words_[static_cast<std::size_t>(bit / 64)] >> (bit % 64) & 1) != 0;
  }

 private:
  static std::uint64_t words_for(std::uint64_t length) { return std::bit_floor(length / 32 | 1); }
  std::uint64_t slot(const std::uint8_t* string) const {
    return (load_le64(string) * 0x9E3779B97F4A7C15U) >> shift_;
  }
  std::vector<std::uint64_t> words_;
  unsigned shift_;
};

}  // namespace kerf::suffix
