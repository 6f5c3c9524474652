#include "trust/ed25519.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>

#include "base/hash.h"
#include "trust/digest.h"
#include "trust/key_file.h"

namespace kerf::trust {

namespace {

// The encodings of the eight points of small order, sign bit aside: under such a "key" signatures
// can be made by anybody. The first is what a zeroed or forgotten key slot holds.
bool has_small_order(const PublicKey& key) {
  static constexpr std::array<std::string_view, 7> encodings{
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
  auto raw = key.raw;
  raw.back() &= 0x7f;
  return std::ranges::find(encodings, to_hex(raw)) != encodings.end();
}

PublicKey raw_public(const EVP_PKEY* key) {
  PublicKey result;
  std::size_t length = result.raw.size();
  const int done = EVP_PKEY_get_raw_public_key(key, result.raw.data(), &length);
  assert(done == 1 && length == result.raw.size());
  static_cast<void>(done);
  return result;
}

Error not_ed25519(const std::string& path) {
  return Error(Code::unsupported,
               "the key is not of type Ed25519; make one with: openssl genpkey -algorithm ed25519")
      .in(path);
}

}  // namespace

void PrivateKey::Free::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

Result<PublicKey> load_public_key(const std::string& pem_path) {
  TRY_ASSIGN(const KeyFile file, KeyFile::read(pem_path));
  if (file.holds("PRIVATE KEY-----")) {
    return Error(Code::denied,
                 "this is a private key: give the public one (openssl pkey -in KEY -pubout)")
        .in(pem_path);
  }
  const auto reader = file.reader();
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PUBKEY(reader.get(), nullptr, no_passphrase, nullptr), &EVP_PKEY_free);
  ERR_clear_error();
  if (key == nullptr) {
    return Error(Code::corrupt, "no public key in PEM form in this file").in(pem_path);
  }
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return not_ed25519(pem_path);
  }
  const PublicKey result = raw_public(key.get());
  if (has_small_order(result)) {
    return Error(Code::corrupt,
                 "this public key is degenerate (of small order) and would accept forged "
                 "signatures")
        .in(pem_path);
  }
  return result;
}

Result<PrivateKey> load_private_key(const std::string& pem_path) {
  TRY_ASSIGN(const KeyFile file, KeyFile::read(pem_path));
  const auto reader = file.reader();
  PrivateKey key(PEM_read_bio_PrivateKey(reader.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (key.handle() == nullptr) {
    if (file.holds("ENCRYPTED")) {
      return Error(Code::unsupported,
                   "the private key is encrypted; decrypt it first (openssl pkey -in KEY)")
          .in(pem_path);
    }
    return Error(Code::corrupt, "no private key in PEM form in this file").in(pem_path);
  }
  if (EVP_PKEY_get_base_id(key.handle()) != EVP_PKEY_ED25519) {
    return not_ed25519(pem_path);
  }
  return key;
}

PublicKey public_of(const PrivateKey& key) {
  return raw_public(key.handle());
}

std::array<std::uint8_t, 8> key_id(const PublicKey& key) {
  const Sha256 digest = sha256(key.raw);
  std::array<std::uint8_t, 8> id{};
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

Result<std::array<std::uint8_t, 64>> sign(const PrivateKey& key, Bytes message) {
  std::array<std::uint8_t, 64> signature{};
  TRY(sign_message(key.handle(), nullptr, message, signature));
  return signature;
}

Status verify(const PublicKey& key, Bytes message, std::span<const std::uint8_t, 64> signature) {
  // A zeroed field is "no signature"; nothing about the key or the curve may turn it into a valid
  // one.
  if (std::ranges::all_of(signature, [](std::uint8_t byte) { return byte == 0; })) {
    return Error(Code::denied, "the signature is empty (all bytes zero)");
  }
  if (has_small_order(key)) {
    return Error(Code::denied, "the public key is degenerate (of small order)");
  }
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> handle(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.raw.data(), key.raw.size()),
      &EVP_PKEY_free);
  if (handle == nullptr) {
    ERR_clear_error();
    return Error(Code::bug, "the crypto library does not take Ed25519 keys");
  }
  return verify_message(handle.get(), nullptr, message, signature);
}

}  // namespace kerf::trust
