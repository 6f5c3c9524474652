// The .sig files of a repository and its list of keys, as fielded updaters check them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "trust/rsa.h"

namespace kerf::publish {

struct SigningKeys {
  trust::RsaPrivateKey signer;                 // signs update-locations and the package lists
  std::optional<trust::RsaPrivateKey> device;  // signs the list of keys; none: leave it as it is
  std::string key_name = "customer.key";       // file name of the signer's public half
};

// Signs `file` of the repository into `file`.sig, unless that holds this very signature. True if
// something was written.
Result<bool> sign_file(const std::string& repository, const std::string& file,
                       const trust::RsaPrivateKey& key);

// Makes the signer known to devices: writes its public half (DER) as `key_name`, adds it to
// verification-public-keys, and signs that with the device's key. Keys of others in the list stay.
// Without a device's key nothing is written: Code::denied if the list does not hold the signer
// then, because devices would refuse what it signs. True if something was written.
Result<bool> publish_key(const std::string& repository, const SigningKeys& keys);

}  // namespace kerf::publish
