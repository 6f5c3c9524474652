#include "mcu/sha256.h"

namespace kerf::mcu {

namespace {

constexpr uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

uint32_t turned(uint32_t x, unsigned n) {
  return x >> n | x << (32 - n);
}

}  // namespace

void Sha256::take(const uint8_t* block) {
  uint32_t w[16];  // the last 16 words of the schedule
  for (unsigned i = 0; i < 16; ++i) {
    const uint8_t* at = block + 4 * i;
    w[i] = uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | at[3];
  }
  uint32_t s[8];
  for (unsigned i = 0; i < 8; ++i) {
    s[i] = state_[i];
  }
  for (unsigned i = 0; i < 64; ++i) {
    if (i >= 16) {
      const uint32_t a = w[(i + 1) & 15];
      const uint32_t b = w[(i + 14) & 15];
      w[i & 15] += (turned(a, 7) ^ turned(a, 18) ^ a >> 3) + w[(i + 9) & 15] +
                   (turned(b, 17) ^ turned(b, 19) ^ b >> 10);
    }
    const uint32_t one = s[7] + (turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25)) +
                         ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] + w[i & 15];
    const uint32_t two = (turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22)) +
                         ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    for (unsigned k = 7; k > 0; --k) {
      s[k] = s[k - 1];
    }
    s[4] += one;
    s[0] = one + two;
  }
  for (unsigned i = 0; i < 8; ++i) {
    state_[i] += s[i];
  }
}

void Sha256::update(const uint8_t* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    block_[size_++ & 63] = bytes[i];
    if ((size_ & 63) == 0) {
      take(block_);
    }
  }
}

void Sha256::finish(uint8_t* digest) {
  const uint64_t bits = size_ * 8;
  const uint8_t one = 0x80;
  const uint8_t zero = 0;
  update(&one, 1);
  while ((size_ & 63) != 56) {
    update(&zero, 1);
  }
  for (unsigned i = 0; i < 8; ++i) {
    const auto byte = static_cast<uint8_t>(bits >> (56 - 8 * i));
    update(&byte, 1);
  }
  for (unsigned i = 0; i < digest_size; ++i) {
    digest[i] = static_cast<uint8_t>(state_[i / 4] >> (24 - 8 * (i & 3)));
  }
}

}  // namespace kerf::mcu
