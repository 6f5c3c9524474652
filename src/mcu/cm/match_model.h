// Finds what a literal may repeat: earlier literals of the window, and the old file.
#pragma once

#include "mcu/cm/arena.h"
#include "model/counter.h"
#include "refs/recognise.h"

namespace kerf::sliver {

// Where the strings of the old file were seen last, and what followed. Made once, shared by all
// windows. Positions are those behind the string; 0: not seen.
struct OldIndex {
  uint32_t* behind4 = nullptr;  // by a hash of four bytes
  uint8_t* next2 = nullptr;     // the byte that followed two bytes
  uint8_t* next3 = nullptr;     // by a hash of three
  unsigned bits = 0;            // 2^n entries each; next2 has 65536. 0: there is no index

  OldIndex() = default;
  OldIndex(Arena& arena, unsigned bits);
  // Takes in the `size` bytes at `bytes`, the part of the old file from `position` on; the eight
  // bytes in front of them must be there as well, unless `position` is 0. In order, whole file.
  void add(const uint8_t* bytes, size_t size, uint32_t position);
};

inline uint32_t hash_of_string(uint64_t bytes, unsigned bits) {
  return static_cast<uint32_t>((bytes * 0x9E3779B97F4A7C15U) >> (64 - bits));
}

// Not thread-safe: one for each window.
class MatchModel {
 public:
  // Takes 2^bits entries from `arena` (0: nothing is ever found in the window). `made`: the
  // window's bytes.
  MatchModel(Arena& arena, unsigned bits, const OldIndex& old_index, const refs::Reader& old_file,
             const uint8_t* made);

  // What the byte at `position` of the window is expected to be, or -1. `known`: bytes of the
  // window before `position`.
  int expect(uint32_t position);
  // Takes in that the byte at `position` is there now.
  void update(uint32_t position);
  // Nothing is known about what follows.
  void forget() { length_ = 0; }
  // Of the match that the expectation comes from; up to 32.
  unsigned length() const { return length_; }
  // Bytes that followed the last two and three bytes in the old file; 0 if there is no index.
  void followers(uint32_t position, uint32_t& after2, uint32_t& after3) const;
  bool failed() const { return failed_; }

 private:
  static constexpr unsigned longest = 32;
  static constexpr unsigned shortest = 4;

  uint64_t last8(uint32_t position) const;
  void look_up(uint32_t position);
  unsigned length_in_window(uint32_t position, uint32_t behind) const;
  unsigned length_in_old(uint32_t position, uint32_t behind);
  int old_byte(uint32_t position);

  const OldIndex& old_index_;
  const refs::Reader& old_file_;
  const uint8_t* made_;
  unsigned bits_;
  uint32_t* behind4_;
  unsigned length_ = 0;
  bool in_old_ = false;
  uint32_t at_ = 0;  // of the expected byte, in the window or the old file
  uint8_t ahead_[64] = {};
  uint32_t ahead_begin_ = 0;
  uint32_t ahead_size_ = 0;
  bool failed_ = false;
};

}  // namespace kerf::sliver
