// Package lists as an update source: from update-locations to what the engine should do.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/lists/small_files.h"
#include "agent/update.h"
#include "package/list/effective.h"
#include "package/list/list.h"
#include "trust/rsa.h"

namespace kerf::agent {

struct ListOptions {
  std::string locations;  // address of update-locations: a URL or a path
  // Set: update-locations and every list must be signed by a key of the key list that lies beside
  // update-locations, which this key has signed.
  std::optional<std::string> device_key;  // a file
  unsigned least_key_bits = trust::safe_rsa_bits;
  std::optional<std::string> hardware_id;  // for {hw-id}
};

// All lists as they were read. Movable; the packages point into it.
class Lists {
 public:
  // Reads and verifies everything before anything of it is used: ResultCode::list_unreachable,
  // list_signature, list_invalid.
  static Result<Lists> read(const ListOptions& options, SmallFiles& files);

  const std::vector<package_list::EffectivePackage>& packages() const { return packages_; }

  // What the engine should do, in order. `installed` gives the installed version of a package
  // (name, type; nothing: not installed). A package whose path cannot be expanded makes the whole
  // list invalid; one whose diff_path cannot is left without a delta.
  using InstalledVersion = std::function<Result<std::optional<std::string>>(
      const std::string& name, const std::string& type)>;
  Result<std::vector<Update>> updates(const InstalledVersion& installed) const;

 private:
  Lists() = default;
  Result<Update> update(const package_list::EffectivePackage& wanted,
                        const InstalledVersion& installed) const;
  Result<std::string> resolve(const std::string& pattern, std::size_t list,
                              const std::optional<std::string>& from, const std::string& to) const;

  std::vector<std::string> addresses_;  // of the lists
  std::vector<package_list::PackageList> lists_;
  std::vector<package_list::EffectivePackage> packages_;
  std::optional<std::string> hardware_id_;
};

// The address of update-locations that a user means by a URL, a file or a folder: in a folder it
// may also lie under 2/bridge, where devices look on SD cards. Code::io if there is none.
Result<std::string> find_locations(const std::string& where);

}  // namespace kerf::agent
