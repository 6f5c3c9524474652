// Everything that can be wrong with a repository of package lists, found before a device finds it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/observer.h"
#include "base/result.h"
#include "trust/rsa.h"

namespace kerf::publish {

enum class Severity : std::uint8_t {
  note,     // what could not be checked, or is worth knowing
  warning,  // devices manage, but somebody should look
  error,    // some device will fail, or install something wrong
};
// "note", "warning", "error".
std::string_view severity_name(Severity severity);

struct Finding {
  Severity severity = Severity::error;
  std::string check;  // stable name of the rule, "wrong-delta"; see docs/formats/package-list.md
  std::string place;  // file, and the member in it where there is one
  std::string what;
};

struct LintOptions {
  std::string target;                               // a folder, or a package list
  const trust::RsaPublicKey* device_key = nullptr;  // borrowed; checks the list of keys
  unsigned least_key_bits = trust::safe_rsa_bits;
  Observer* observer = nullptr;
};

struct LintReport {
  std::vector<Finding> findings;
  std::size_t lists = 0;
  std::size_t packages = 0;
  std::size_t deltas = 0;  // applied and compared
};

// Checks `target`: a folder with update-locations (or, without that, with a file package-list), or
// one package list; what these refer to below the folder is read and hashed, each delta is applied
// by the reader for fielded updaters, and signatures are verified where there are any. URLs are not
// followed. Only what prevents checking at all is an error of the function: Code::io,
// Code::cancelled, nothing to check.
Result<LintReport> lint_package_list(const LintOptions& options);

}  // namespace kerf::publish
