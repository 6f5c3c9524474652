#include "trust/digest.h"

#include <openssl/err.h>

#include <memory>

namespace kerf::trust {

namespace {

using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

Error library_failed() {
  ERR_clear_error();
  return Error(Code::bug, "the crypto library does not do this kind of signature");
}

}  // namespace

Status sign_message(EVP_PKEY* key, const EVP_MD* hash, Bytes message, MutBytes signature) {
  const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::size_t length = signature.size();
  if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, hash, nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &length, message.data(), message.size()) !=
          1 ||
      length != signature.size()) {
    return library_failed();
  }
  return {};
}

Status verify_message(EVP_PKEY* key, const EVP_MD* hash, Bytes message, Bytes signature) {
  const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (context == nullptr || EVP_DigestVerifyInit(context.get(), nullptr, hash, nullptr, key) != 1) {
    return library_failed();
  }
  const int valid = EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                     message.data(), message.size());
  ERR_clear_error();
  if (valid != 1) {
    return Error(Code::denied, "the signature is not valid for this key");
  }
  return {};
}

}  // namespace kerf::trust
