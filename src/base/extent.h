// A run of bytes of a file or image.
#pragma once

#include <cstdint>

namespace kerf {

// [offset, offset + length), in bytes. An extent whose end overflows 64 bits is invalid: check one
// that came from input with `within` before it is used.
struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  // True if the whole extent lies inside a file of `size` bytes. Cannot overflow.
  constexpr bool within(std::uint64_t size) const {
    return offset <= size && length <= size - offset;
  }
  friend constexpr bool operator==(const Extent&, const Extent&) = default;
};

}  // namespace kerf
