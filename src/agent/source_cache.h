// The packages that are kept on the device because the next delta starts from them.
//
// The folder may lie where other programs can write (the SD card): what comes out of it is hashed
// each time, through the same open file that is then read.
#pragma once

#include <set>
#include <string>

#include "agent/state.h"
#include "io/file.h"

namespace kerf::agent {

class SourceCache {
 public:
  // The folder need not exist yet.
  explicit SourceCache(std::string folder) : folder_(std::move(folder)) {}

  // A file name for this package: what cannot stand in one is replaced, and the start of the
  // package's hash keeps names apart.
  static std::string file_name(const std::string& name, const std::string& version,
                               const std::string& type, const Sha256& sha256);

  // The stored file, open and found unchanged. ResultCode::source_absent or source_changed.
  Result<io::FileSource> open(const StoredSource& source) const;
  // Moves the file at `path` here under the name `file`, durably; by a copy if it lies in another
  // file system. If `path` is gone, but `file` is here with this identity, that was done before.
  Status store(const std::string& path, const std::string& file, const BlobId& id) const;
  Status remove(const std::string& file) const;
  // Removes every file whose name is not in `keep`: what a power cut between two steps left behind.
  Status sweep(const std::set<std::string>& keep) const;

 private:
  std::string folder_;
};

}  // namespace kerf::agent
