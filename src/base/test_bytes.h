// Bytes for tests: reproducible everywhere, compressible to a chosen degree.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace kerf::test {

// A small generator (xorshift64*), the same on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U | 1U) {}
  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1DU;
  }
  // In [0, bound); bound at least 1.
  std::uint64_t below(std::uint64_t bound) { return (next() >> 11) % bound; }

 private:
  std::uint64_t state_;
};

// `length` bytes with `values` different values (1 to 256).
inline std::vector<std::uint8_t> noise(std::size_t length, std::uint64_t seed, unsigned values) {
  Random random(seed);
  std::vector<std::uint8_t> bytes(length);
  for (auto& byte : bytes) {
    byte = static_cast<std::uint8_t>(random.below(values));
  }
  return bytes;
}

// A newer version of `old`: `edits` places changed, a few of them by insertion or deletion.
inline std::vector<std::uint8_t> edited(std::vector<std::uint8_t> old, std::uint64_t seed,
                                        unsigned edits) {
  Random random(seed);
  for (unsigned i = 0; i < edits && !old.empty(); ++i) {
    const auto at = old.begin() + static_cast<std::ptrdiff_t>(random.below(old.size()));
    const auto kind = random.below(8);
    if (kind == 0) {
      const auto fresh = noise(static_cast<std::size_t>(1 + random.below(200)), seed + i, 256);
      old.insert(at, fresh.begin(), fresh.end());
    } else if (kind == 1) {
      const auto length =
          std::min<std::ptrdiff_t>(old.end() - at, static_cast<std::ptrdiff_t>(random.below(100)));
      old.erase(at, at + length);
    } else {
      *at = static_cast<std::uint8_t>(*at + 1 + random.below(255));
    }
  }
  return old;
}

}  // namespace kerf::test
