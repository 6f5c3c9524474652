// The optional trailer behind a BSDIFF40 or ENDSLEY/BSDIFF43 patch. Neither format says what it
// applies to or what should come out; both end before the end of the file without any reader
// minding. The trailer closes that gap: sizes and SHA-256 of old, new and patch body, and a
// signature over them. Layout: docs/formats/bsdiff.md, section "Trailer".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/hash.h"
#include "io/source.h"

namespace kerf::bsdiff {

struct TrailerSignature {
  std::array<std::uint8_t, 8> key_id{};      // first 8 bytes of SHA-256 of the raw public key
  std::array<std::uint8_t, 64> signature{};  // Ed25519 (RFC 8032) over signed_part()
};

struct Trailer {
  BlobId body;  // the patch without the trailer
  BlobId old_id;
  BlobId new_id;
  std::optional<TrailerSignature> signature;
};

// The bytes that a signature covers: all of the trailer before the signature, which includes
// whether there is one.
std::vector<std::uint8_t> signed_part(const Trailer& trailer);
// The trailer as it stands in the file: 156 bytes, 228 when signed.
std::vector<std::uint8_t> encode_trailer(const Trailer& trailer);

// The trailer at the end of `patch`, or nothing if the last bytes are not a trailer's.
// Code::corrupt if they are, but the rest of it is damaged. Does not hash the body.
Result<std::optional<Trailer>> find_trailer(const Source& patch);

// Hashes the body and compares. Code::mismatch if it is not the one that the trailer describes.
Status check_body(const Source& patch, const Trailer& trailer);

}  // namespace kerf::bsdiff
