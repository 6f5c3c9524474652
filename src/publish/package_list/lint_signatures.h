// The linter's look at the signatures of a repository.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "publish/package_list/findings.h"

namespace kerf::publish {

// The keys of a folder's verification-public-keys, as far as they are sound.
class LintKeys {
 public:
  // Checks the list of keys, the key files and, with the device's key, the list's signature.
  // Code::io.
  static Result<LintKeys> open(const std::string& folder, const LintOptions& options,
                               Findings findings);

  // Checks the signature beside `path`. No signature is an error only where there is a list of keys
  // (in `folder`): without one nobody verifies.
  Status check(const std::string& path, Findings findings) const;

 private:
  bool present_ = false;
  std::vector<trust::RsaPublicKey> keys_;
};

}  // namespace kerf::publish
