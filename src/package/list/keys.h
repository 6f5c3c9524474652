// Who may sign package lists: the chain from the device's own key through the key list to the
// signature of a file.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "package/list/list.h"
#include "trust/rsa.h"

namespace kerf::package_list {

// Fetches a small file that lies beside the key list ("customer.key").
using FetchFile = std::function<Result<std::vector<std::uint8_t>>(const std::string& name)>;

class KeyRing {
 public:
  // `text` and `signature` are verification-public-keys and its .sig file. Checks the signature
  // with the device's key, then fetches each key file and checks its hash. Key files are public
  // keys in DER or PEM form. Code::denied for a signature that is not valid, a list without keys,
  // and keys of fewer than `least_bits` bits; Code::mismatch for a key file with another hash; the
  // errors of parse_key_list and of `fetch`.
  static Result<KeyRing> open(Bytes text, Bytes signature, const trust::RsaPublicKey& device_key,
                              const FetchFile& fetch, unsigned least_bits);

  // Code::denied unless one of the keys has signed `file`.
  Status verify(Bytes file, Bytes signature) const;

 private:
  KeyRing() = default;
  std::vector<trust::RsaPublicKey> keys_;
};

}  // namespace kerf::package_list
