// Signing and verifying by the crypto library, whatever the key, for the files of this room.
#pragma once

#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/result.h"

namespace kerf::trust {

// Writes the signature of `message` to `signature`, whose size must be exactly that of the key's
// signatures. `hash`: nullptr for keys that bring their own (Ed25519). Code::bug if the library
// does not do it.
Status sign_message(EVP_PKEY* key, const EVP_MD* hash, Bytes message, MutBytes signature);

// Code::denied unless `signature` is one of `message` by `key`; Code::bug as above.
Status verify_message(EVP_PKEY* key, const EVP_MD* hash, Bytes message, Bytes signature);

}  // namespace kerf::trust
