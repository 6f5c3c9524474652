// Bits from the low end up, as deflate packs them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace kerf::deflate {

class BitWriter {
 public:
  // `count` at most 32; `value` has no bits above it.
  void put(std::uint32_t value, unsigned count) {
    pending_ |= std::uint64_t{value} << count_;
    count_ += count;
    if (count_ >= 32) {
      const auto low = static_cast<std::uint32_t>(pending_);
      for (unsigned shift = 0; shift < 32; shift += 8) {
        out_.push_back(static_cast<std::uint8_t>(low >> shift));
      }
      pending_ >>= 32;
      count_ -= 32;
    }
  }
  // Zero bits up to the next byte.
  void align() {
    while (count_ > 0) {
      out_.push_back(static_cast<std::uint8_t>(pending_));
      pending_ >>= 8;
      count_ -= count_ < 8 ? count_ : 8;
    }
  }
  // Bits that the last byte begun already has: 0 to 7.
  unsigned phase() const { return count_ % 8; }
  // Only after align().
  void bytes(Bytes bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }

  // Whole bytes that are ready; clear() drops them, the bits of an unfinished byte stay.
  Bytes ready() const { return out_; }
  void clear() { out_.clear(); }

 private:
  std::vector<std::uint8_t> out_;
  std::uint64_t pending_ = 0;
  unsigned count_ = 0;
};

}  // namespace kerf::deflate
