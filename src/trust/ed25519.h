// Ed25519 signatures (RFC 8032) with keys in the PEM files that `openssl genpkey -algorithm
// ed25519` and `openssl pkey -pubout` write. Everything fails closed: there is no way to get a key
// out of a missing, empty or foreign file, and no empty or all-zero signature is ever valid.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace kerf::trust {

struct PublicKey {
  std::array<std::uint8_t, 32> raw{};
  friend bool operator==(const PublicKey&, const PublicKey&) = default;
};

// A signing key. Movable, not copyable; its memory is wiped when it goes away. const use from any
// thread.
class PrivateKey {
 public:
  evp_pkey_st* handle() const { return key_.get(); }

 private:
  friend Result<PrivateKey> load_private_key(const std::string& pem_path);
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  explicit PrivateKey(evp_pkey_st* owned) : key_(owned) {}
  std::unique_ptr<evp_pkey_st, Free> key_;
};

// Code::io if the file cannot be read; Code::corrupt if it holds no PEM public key, or one that
// verifies forgeries (of small order, such as all zero); Code::unsupported for other algorithms;
// Code::denied if it holds a private key, which has no place where only verification happens.
Result<PublicKey> load_public_key(const std::string& pem_path);

// As load_public_key. Code::unsupported also for a file encrypted with a passphrase: nothing here
// ever asks a question.
Result<PrivateKey> load_private_key(const std::string& pem_path);

PublicKey public_of(const PrivateKey& key);

// First 8 bytes of SHA-256 of the raw public key: tells keys apart, proves nothing.
std::array<std::uint8_t, 8> key_id(const PublicKey& key);

// Deterministic. Fails only if the crypto library does (Code::bug).
Result<std::array<std::uint8_t, 64>> sign(const PrivateKey& key, Bytes message);

// Code::denied unless `signature` is the one of `message` by the owner of `key`.
Status verify(const PublicKey& key, Bytes message, std::span<const std::uint8_t, 64> signature);

}  // namespace kerf::trust
