// Package lists: what a device should have installed, and where its updates are. Three JSON files:
// `update-locations` names the package lists, a package list describes packages, and
// `verification-public-keys` names the keys that may sign the other two.
// docs/formats/package-list.md is the specification.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/result.h"

namespace kerf::package_list {

inline constexpr const char* locations_file = "update-locations";
inline constexpr const char* keys_file = "verification-public-keys";
inline constexpr const char* signature_suffix = ".sig";

// A member that this version of kerf does not know; kept when a list is read and written again.
struct Unknown {
  std::string name;
  std::string json;  // its value, as compact JSON text
  friend bool operator==(const Unknown&, const Unknown&) = default;
};

// What a list may say about one delta, beyond its path. Each is absent in lists of other makers.
struct DiffFacts {
  std::optional<std::uint64_t> size;    // bytes of the delta
  std::optional<Sha256> sha256;         // of the delta
  std::optional<Sha256> source_sha256;  // of the package that it applies to
  friend bool operator==(const DiffFacts&, const DiffFacts&) = default;
};

struct Package {
  std::string name;     // never empty; the identity of the package
  std::string version;  // opaque text, compared for equality alone; empty only if `exclude`
  // Patterns, see expand.h; at least one of the two unless `exclude`.
  std::optional<std::string> path;
  std::optional<std::string> diff_path;
  bool reboot = false;   // restart after installing it, then go on
  bool exclude = false;  // drops packages of this name that stand before
  // Of the package itself.
  std::optional<std::uint64_t> size;
  std::optional<Sha256> sha256;
  // By the version that the delta starts from, as it is written there (not translated).
  std::map<std::string, DiffFacts> diffs;
  std::vector<Unknown> unknown;
  friend bool operator==(const Package&, const Package&) = default;
};

struct PackageList {
  std::vector<Package> packages;  // the order matters
  std::vector<Unknown> unknown;
  friend bool operator==(const PackageList&, const PackageList&) = default;
};

struct UpdateLocations {
  // Where the package lists are, in order: paths relative to this file, or URLs (http, https).
  std::vector<std::string> lists;
  std::vector<Unknown> unknown;
  friend bool operator==(const UpdateLocations&, const UpdateLocations&) = default;
};

struct ListedKey {
  std::string filename;  // a plain file name beside the key list
  Sha256 sha256;         // of that file
  friend bool operator==(const ListedKey&, const ListedKey&) = default;
};

struct KeyList {
  std::vector<ListedKey> keys;
  std::vector<Unknown> unknown;
  friend bool operator==(const KeyList&, const KeyList&) = default;
};

// Ceilings that suit every real list: 16 MiB and the depth that the format needs, with room for
// members of the future. `output` is not used.
Limits list_limits();

// Strict readers: everything that the specification demands is demanded, and an error names the
// member ("packages[3]: \"version\": ...") or the byte offset. Unknown members are kept, not
// errors. Whether paths are safe shows only after expansion, so it is not checked here.
// Code::unsupported for another schema; otherwise the errors of parse_json (base/json.h) and
// Code::corrupt.
Result<PackageList> parse_package_list(Bytes text, const Limits& limits);
Result<UpdateLocations> parse_update_locations(Bytes text, const Limits& limits);
Result<KeyList> parse_key_list(Bytes text, const Limits& limits);

// The files' text: two spaces of indentation, a line end at the end, and the same bytes for the
// same value. What the parsers return comes back from them unchanged.
std::string to_text(const PackageList& list);
std::string to_text(const UpdateLocations& locations);
std::string to_text(const KeyList& keys);

}  // namespace kerf::package_list
