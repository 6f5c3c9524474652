/* What base/hash.cc takes of OpenSSL, for CPUs for which that is not installed: SHA-256 (FIPS
   180-4), plain and slow. Tests only. */
#pragma once

#include <cstddef>
#include <cstdint>

struct SHA256_CTX {
  std::uint32_t state[8];
  std::uint8_t block[64];
  std::uint64_t size;
};

inline void sha256_block(SHA256_CTX* context) {
  static constexpr std::uint32_t constants[64] = {
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
      0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
      0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
      0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
      0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
      0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
      0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
      0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
      0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
      0xc67178f2};
  const auto turned = [](std::uint32_t x, unsigned n) { return x >> n | x << (32 - n); };
  std::uint32_t w[64];
  for (unsigned i = 0; i < 16; ++i) {
    const std::uint8_t* at = context->block + 4 * i;
    w[i] =
        std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
  }
  for (unsigned i = 16; i < 64; ++i) {
    w[i] = w[i - 16] + w[i - 7] + (turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ w[i - 15] >> 3) +
           (turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ w[i - 2] >> 10);
  }
  std::uint32_t s[8];
  for (unsigned i = 0; i < 8; ++i) {
    s[i] = context->state[i];
  }
  for (unsigned i = 0; i < 64; ++i) {
    const std::uint32_t one = s[7] + (turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25)) +
                              ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] + w[i];
    const std::uint32_t two = (turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22)) +
                              ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    for (unsigned k = 7; k > 0; --k) {
      s[k] = s[k - 1];
    }
    s[4] += one;
    s[0] = one + two;
  }
  for (unsigned i = 0; i < 8; ++i) {
    context->state[i] += s[i];
  }
}

inline int SHA256_Init(SHA256_CTX* context) {
  *context = {{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
               0x5be0cd19},
              {},
              0};
  return 1;
}

inline int SHA256_Update(SHA256_CTX* context, const void* bytes, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    context->block[context->size++ % 64] = static_cast<const std::uint8_t*>(bytes)[i];
    if (context->size % 64 == 0) {
      sha256_block(context);
    }
  }
  return 1;
}

inline int SHA256_Final(std::uint8_t* digest, SHA256_CTX* context) {
  const std::uint64_t bits = context->size * 8;
  const std::uint8_t one = 0x80;
  const std::uint8_t zero = 0;
  SHA256_Update(context, &one, 1);
  while (context->size % 64 != 56) {
    SHA256_Update(context, &zero, 1);
  }
  for (unsigned i = 0; i < 8; ++i) {
    const auto byte = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
    SHA256_Update(context, &byte, 1);
  }
  for (unsigned i = 0; i < 32; ++i) {
    digest[i] = static_cast<std::uint8_t>(context->state[i / 4] >> (24 - 8 * (i % 4)));
  }
  return 1;
}
