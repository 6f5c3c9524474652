// RFC 3284, section 5.3: the addresses of recent copies, by which new ones are said in few bytes.
// Reader and writer update it alike after every copy.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "patch/vcdiff/code_table.h"

namespace kerf::vcdiff {

class AddressCache {
 public:
  static constexpr std::size_t same_size = std::size_t{same_slots} * 256;

  std::uint64_t near(std::size_t slot) const { return near_[slot]; }
  // `slot` in [0, same_size).
  std::uint64_t same(std::size_t slot) const { return same_[slot]; }
  void update(std::uint64_t address) {
    near_[next_] = address;
    next_ = (next_ + 1) % near_slots;
    same_[static_cast<std::size_t>(address % same_size)] = address;
  }

 private:
  std::array<std::uint64_t, near_slots> near_{};
  std::array<std::uint64_t, same_size> same_{};
  std::size_t next_ = 0;
};

}  // namespace kerf::vcdiff
