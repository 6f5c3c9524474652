// SHA-256 (FIPS 180-4) where no library has it. Freestanding.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace kerf::mcu {

class Sha256 {
 public:
  static constexpr unsigned digest_size = 32;

  void update(const uint8_t* bytes, size_t size);
  // The hash of everything so far, 32 bytes. The object is spent afterwards.
  void finish(uint8_t* digest);

 private:
  void take(const uint8_t* block);

  uint32_t state_[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint8_t block_[64] = {};
  uint64_t size_ = 0;
};

}  // namespace kerf::mcu
