// From the wish for a version to its complete, checked package in the staging folder: the decision
// between deltas and the full package.
#pragma once

#include <string>

#include "agent/fetch.h"
#include "agent/report.h"
#include "agent/source_cache.h"
#include "agent/state.h"
#include "agent/update.h"
#include "base/limits.h"
#include "patch/patch.h"

namespace kerf::agent {

struct StageOptions {
  std::string folder;             // in the file system of the fetcher's destinations
  const PatchReader* reader;      // of the deltas
  Limits limits{};                // for applying and checking; `output` also for downloads
  bool accept_unchecked = false;  // take what a delta made although nothing can check it
};

struct Staged {
  std::string file;  // its name in the staging folder
  BlobId id;
  std::string way;  // "delta", "full", or "staged" (an earlier run had it complete)
};

// Not thread-safe. Borrows the fetcher and the reporter.
class Stager {
 public:
  Stager(StageOptions options, SourceCache cache, Fetcher& fetcher, Reporter& reporter)
      : options_(std::move(options)),
        cache_(std::move(cache)),
        fetcher_(&fetcher),
        reporter_(&reporter) {}

  // Tries the deltas in their order, then the full package if there is one. `from` is the installed
  // version, empty for none; `recorded` what the record says of the package, or null. The error is
  // that of the last thing tried; a failure that led to the full package is reported as an event.
  Result<Staged> stage(const Update& update, const std::string& from, const std::string& type,
                       const Installed* recorded);
  // Removes everything from the staging folder.
  Status sweep() const;

 private:
  Result<Staged> try_delta(const Update& update, const Delta& delta, const std::string& from,
                           const std::string& type, const Installed* recorded);
  Result<Staged> try_full(const Update& update, const std::string& type);
  Result<io::FileSource> open_source(const Delta& delta, const std::string& from,
                                     const Installed* recorded) const;
  Status check(const Source& target, const BlobId& id, const Update& update,
               const std::string& type, bool from_delta) const;

  StageOptions options_;
  SourceCache cache_;
  Fetcher* fetcher_;
  Reporter* reporter_;
};

}  // namespace kerf::agent
