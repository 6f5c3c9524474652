#include "base/hash.h"

// The EVP interface costs milliseconds of start-up (provider loading), which short commands feel,
// and buys nothing: the hash is fixed by the formats. SHA256_* is "deprecated since 3.0" but
// maintained.
#define OPENSSL_API_COMPAT 10100
#include <openssl/sha.h>

#include <algorithm>

namespace kerf {

struct Sha256Hasher::State {
  SHA256_CTX context;
};

Sha256Hasher::Sha256Hasher() : state_(std::make_unique<State>()) {
  SHA256_Init(&state_->context);
}
Sha256Hasher::~Sha256Hasher() = default;
Sha256Hasher::Sha256Hasher(Sha256Hasher&&) noexcept = default;
Sha256Hasher& Sha256Hasher::operator=(Sha256Hasher&&) noexcept = default;

void Sha256Hasher::update(Bytes bytes) {
  if (!bytes.empty()) {
    SHA256_Update(&state_->context, bytes.data(), bytes.size());
  }
}

Sha256 Sha256Hasher::finish() {
  Sha256 digest{};
  SHA256_Final(digest.data(), &state_->context);
  return digest;
}

Sha256 sha256(Bytes bytes) {
  Sha256Hasher hasher;
  hasher.update(bytes);
  return hasher.finish();
}

Result<Sha256> parse_sha256(std::string_view text) {
  TRY_ASSIGN(const auto bytes, from_hex(text));
  Sha256 digest{};
  if (bytes.size() != digest.size()) {
    return Error(Code::corrupt,
                 "a SHA-256 has 64 hexadecimal digits, not " + std::to_string(text.size()))
        .at(text.size());
  }
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

}  // namespace kerf
