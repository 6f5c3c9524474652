// Installing: one program a type of package, called with fixed arguments (docs/updater.md, "Install
// handlers"), and ZIP packages, which need none.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/limits.h"
#include "base/observer.h"
#include "base/result.h"

namespace kerf::agent {

// What is to be installed or removed.
struct Subject {
  std::string name;
  std::string type;
  std::string version;       // for remove: the installed one
  std::string from_version;  // empty: not installed so far
};

struct HandlerOptions {
  std::map<std::string, std::string> programs;  // by type; "*" serves types without one
  std::string zip_root;                         // empty: ZIP packages need a program, too
  unsigned seconds = 600;                       // for one call
  Limits limits{};                              // for unpacking ZIP packages
};

// Thread rule: one thread at a time.
class Handlers {
 public:
  explicit Handlers(HandlerOptions options) : options_(std::move(options)) {}

  // handler_missing unless something can install this type: asked before anything is downloaded.
  Status can_install(const std::string& type) const;
  // Installs the complete, checked package at `path` in place of the installed version. May be
  // called again with the same package after a power cut: handlers must take that.
  // ResultCodes 6xxx. On failure the device still has its old version, as far as the handler keeps
  // its promise.
  Status install(const Subject& subject, const std::string& path, Observer* observer) const;
  // Removes an installed package; no error if it is not there. What a ZIP package has unpacked
  // stays.
  Status remove(const Subject& subject) const;

  struct Answer {
    bool known = false;                  // false: the handler cannot tell, or there is none
    std::optional<std::string> version;  // nothing: not installed
  };
  // The version that the device itself says is installed.
  Result<Answer> query(const std::string& name, const std::string& type) const;

 private:
  const std::string* program(const std::string& type) const;
  bool unpacks(const std::string& type) const;
  HandlerOptions options_;
};

}  // namespace kerf::agent
