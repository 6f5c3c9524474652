#include "trust/rsa.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>

#include "trust/digest.h"
#include "trust/key_file.h"

namespace kerf::trust {

namespace {

// Verifying with a longer one costs seconds, and nobody uses them.
constexpr unsigned most_bits = 8192;

bool holds(Bytes bytes, std::string_view text) {
  const Bytes wanted = as_bytes(text);
  return std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end()) != bytes.end();
}

Status check_key(const EVP_PKEY* key, unsigned least_bits) {
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
    return Error(Code::unsupported,
                 "the key is not of type RSA; make one with: openssl genrsa -out KEY 2048");
  }
  const auto bits = static_cast<unsigned>(EVP_PKEY_get_bits(key));
  if (bits < least_bits) {
    return Error(Code::denied, "the key has only " + std::to_string(bits) + " bits, and at least " +
                                   std::to_string(least_bits) +
                                   " are asked for: shorter keys can be broken");
  }
  if (bits > most_bits) {
    return Error(Code::unsupported, "the key has " + std::to_string(bits) + " bits, more than " +
                                        std::to_string(most_bits));
  }
  return {};
}

std::vector<std::uint8_t> public_der_of(EVP_PKEY* key) {
  unsigned char* bytes = nullptr;
  const int length = i2d_PUBKEY(key, &bytes);
  std::vector<std::uint8_t> der;
  if (length > 0) {
    der.assign(bytes, bytes + length);
  }
  OPENSSL_free(bytes);
  return der;
}

}  // namespace

void RsaKey::Free::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

unsigned RsaKey::bits() const {
  return static_cast<unsigned>(EVP_PKEY_get_bits(handle()));
}

Result<RsaPublicKey> RsaPublicKey::parse(Bytes bytes, unsigned least_bits) {
  if (holds(bytes, "PRIVATE KEY-----")) {
    return Error(Code::denied,
                 "this is a private key: give the public one (openssl rsa -in KEY -pubout)");
  }
  const std::unique_ptr<BIO, decltype(&BIO_free)> reader(
      BIO_new_mem_buf(bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 20))),
      &BIO_free);
  RsaPublicKey key(PEM_read_bio_PUBKEY(reader.get(), nullptr, no_passphrase, nullptr));
  if (key.handle() == nullptr) {
    const unsigned char* at = bytes.data();
    key = RsaPublicKey(d2i_PUBKEY(nullptr, &at, static_cast<long>(bytes.size())));
    if (key.handle() != nullptr && at != bytes.data() + bytes.size()) {
      return Error(Code::corrupt, "bytes follow the end of the public key")
          .at(static_cast<std::uint64_t>(at - bytes.data()));
    }
  }
  ERR_clear_error();
  if (key.handle() == nullptr) {
    return Error(Code::corrupt, "this is no public key in DER or PEM form");
  }
  TRY(check_key(key.handle(), least_bits));
  return key;
}

Result<RsaPublicKey> RsaPublicKey::load(const std::string& path, unsigned least_bits) {
  TRY_ASSIGN(const KeyFile file, KeyFile::read(path));
  auto key = parse(file.bytes(), least_bits);
  if (!key) {
    return std::move(key).error().in(path);
  }
  return key;
}

std::vector<std::uint8_t> RsaPublicKey::der() const {
  return public_der_of(handle());
}

Result<RsaPrivateKey> RsaPrivateKey::load(const std::string& path, unsigned least_bits) {
  TRY_ASSIGN(const KeyFile file, KeyFile::read(path));
  const auto reader = file.reader();
  RsaPrivateKey key(PEM_read_bio_PrivateKey(reader.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (key.handle() == nullptr) {
    if (file.holds("ENCRYPTED")) {
      return Error(Code::unsupported,
                   "the private key is encrypted; decrypt it first (openssl rsa -in KEY)")
          .in(path);
    }
    return Error(Code::corrupt, "no private key in PEM form in this file").in(path);
  }
  if (auto checked = check_key(key.handle(), least_bits); !checked) {
    return std::move(checked).error().in(path);
  }
  return key;
}

std::vector<std::uint8_t> RsaPrivateKey::public_der() const {
  return public_der_of(handle());
}

Result<std::vector<std::uint8_t>> sign(const RsaPrivateKey& key, Bytes message) {
  std::vector<std::uint8_t> signature((key.bits() + 7) / 8);
  TRY(sign_message(key.handle(), EVP_sha256(), message, signature));
  return signature;
}

Status verify(const RsaPublicKey& key, Bytes message, Bytes signature) {
  return verify_message(key.handle(), EVP_sha256(), message, signature);
}

}  // namespace kerf::trust
