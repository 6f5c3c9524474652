// Words in the code that instructions in front of them load: which ones lie ahead. Internal to
// refs.
#pragma once

#include <stdint.h>

namespace kerf::refs {

// One bit a word, in a ring a little longer than the farthest load reaches.
class LiteralPool {
 public:
  static constexpr uint32_t reach = 4096 + 8;  // bytes from a load to its word at most

  // The word at `offset` (a multiple of 4 from the start of the file) is loaded by an instruction
  // at or behind `now`.
  void mark(uint32_t offset, uint32_t now) {
    if (offset > now && offset - now <= reach) {
      uint8_t& byte = bits_[offset / 32 % size];
      byte = static_cast<uint8_t>(byte | 1u << offset / 4 % 8);
    }
  }
  // Is the word at `offset` one? Forgets it: ask once, in ascending order, for every word.
  bool take(uint32_t offset) {
    const auto bit = static_cast<uint8_t>(1u << offset / 4 % 8);
    uint8_t& byte = bits_[offset / 32 % size];
    const bool marked = (byte & bit) != 0;
    byte = static_cast<uint8_t>(byte & ~bit);
    return marked;
  }

 private:
  static constexpr uint32_t size = 256;  // bytes, of 32 bytes of file each
  uint8_t bits_[size] = {};
};

}  // namespace kerf::refs
