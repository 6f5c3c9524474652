// Who vouches for a patch: the signature in its trailer, made and checked.
#pragma once

#include "io/source.h"
#include "patch/bsdiff/trailer.h"
#include "trust/ed25519.h"

namespace kerf::apps {

// Sets the trailer's signature.
Status sign_trailer(bsdiff::Trailer& trailer, const trust::PrivateKey& key);

// The trailer of `patch` after its signature has been found valid for `key` and the patch to be the
// one that was signed (reads all of it once). Code::denied if there is no trailer, no signature, or
// not a valid one of this key; Code::mismatch or Code::corrupt if the patch is damaged.
Result<bsdiff::Trailer> check_signature(const Source& patch, const trust::PublicKey& key);

}  // namespace kerf::apps
