// RSA signatures over SHA-256 (RSASSA-PKCS1-v1_5), as `openssl dgst -sha256 -sign` makes them and
// fielded updaters expect them. Everything fails closed, as in ed25519.h, which new formats should
// use instead.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace kerf::trust {

// Shorter keys have been in reach of attackers for years.
inline constexpr unsigned safe_rsa_bits = 2048;

// Movable, not copyable; const use from any thread.
class RsaKey {
 public:
  unsigned bits() const;
  evp_pkey_st* handle() const { return key_.get(); }

 protected:
  explicit RsaKey(evp_pkey_st* owned) : key_(owned) {}

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  std::unique_ptr<evp_pkey_st, Free> key_;
};

class RsaPublicKey : public RsaKey {
 public:
  // A SubjectPublicKeyInfo in DER or PEM form (`openssl rsa -pubout -outform DER`). Code::corrupt
  // if `bytes` is none, Code::denied for a private key and for a key of fewer than `least_bits`
  // bits, Code::unsupported for other algorithms and more than 8192 bits.
  static Result<RsaPublicKey> parse(Bytes bytes, unsigned least_bits);
  // As parse, with the path in front of the message; Code::io.
  static Result<RsaPublicKey> load(const std::string& path, unsigned least_bits);
  // In DER form.
  std::vector<std::uint8_t> der() const;

 private:
  using RsaKey::RsaKey;
};

// Its memory is wiped when it goes away.
class RsaPrivateKey : public RsaKey {
 public:
  // PEM, not encrypted: nothing here ever asks a question. Errors as RsaPublicKey::load.
  static Result<RsaPrivateKey> load(const std::string& path, unsigned least_bits);
  // The other half, in DER form.
  std::vector<std::uint8_t> public_der() const;

 private:
  using RsaKey::RsaKey;
};

// Deterministic; as long as the key's modulus. Fails only if the crypto library does (Code::bug).
Result<std::vector<std::uint8_t>> sign(const RsaPrivateKey& key, Bytes message);

// Code::denied unless `signature` is one of `message` by the owner of `key`.
Status verify(const RsaPublicKey& key, Bytes message, Bytes signature);

}  // namespace kerf::trust
