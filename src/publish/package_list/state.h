// What the publisher remembers between runs, in the file `.kerf-publish.json` of a repository:
// which versions have been published, in which order, and which deltas are known to be good. Losing
// it costs time, not correctness, except for the order and the older versions, from which deltas
// are made.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "publish/package_list/package_file.h"

namespace kerf::publish {

struct PublishedVersion {
  std::string version;
  PackageType type = PackageType::apk;
  std::string file;  // below the repository
  BlobId id;
  friend bool operator==(const PublishedVersion&, const PublishedVersion&) = default;
};

// The outcome for one pair of packages.
struct KnownDelta {
  Sha256 source{};
  Sha256 target{};
  bool kept = false;  // false: it was not smaller than the package, so there is no file
  BlobId id;          // of the delta; only the size counts unless `kept`
  friend bool operator==(const KnownDelta&, const KnownDelta&) = default;
};

struct State {
  // By package name; the versions in the order in which they were first published.
  std::map<std::string, std::vector<PublishedVersion>> packages;
  std::map<std::string, KnownDelta> deltas;  // by file below the repository

  // Null if there is none.
  const PublishedVersion* find(const std::string& name, const std::string& version) const;

  // An empty state if the file is not there. Errors of parse_json, Code::corrupt, Code::io, with
  // the path.
  static Result<State> load(const std::string& repository);
  // Replaces the file atomically.
  Status save(const std::string& repository) const;
  friend bool operator==(const State&, const State&) = default;
};

}  // namespace kerf::publish
