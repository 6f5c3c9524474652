/* What base/hash.cc takes of OpenSSL, for CPUs for which that is not installed: SHA-256 as devices
   have it. Tests only. */
#pragma once

#include "mcu/sha256.h"

using SHA256_CTX = kerf::mcu::Sha256;

inline int SHA256_Init(SHA256_CTX* context) {
  *context = {};
  return 1;
}
inline int SHA256_Update(SHA256_CTX* context, const void* bytes, size_t size) {
  context->update(static_cast<const uint8_t*>(bytes), size);
  return 1;
}
inline int SHA256_Final(uint8_t* digest, SHA256_CTX* context) {
  context->finish(digest);
  return 1;
}
