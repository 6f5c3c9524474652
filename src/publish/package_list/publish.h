// A repository of packages for the Software Updater: a folder that any web server, SD card or USB
// stick can offer. docs/formats/package-list.md describes its layout.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/observer.h"
#include "base/result.h"
#include "publish/package_list/deltas.h"
#include "publish/package_list/package_file.h"
#include "publish/package_list/signatures.h"

namespace kerf::publish {

struct PublishOptions {
  std::string repository;             // made if missing
  std::string list = "package-list";  // file name of the package list in it
  // In order; the last of a name becomes current. The options about deltas concern these packages
  // alone; if there are none, all of the list.
  std::vector<PackageFile> packages;
  std::size_t keep = 4;                          // deltas from that many other versions, or ...
  std::optional<std::vector<std::string>> from;  // ... from exactly these
  bool full = true;                              // give `path`
  bool diff = true;                              // give `diff_path` (APK and TTPKG)
  bool facts = true;                             // give sizes and hashes, which old devices ignore
  bool reboot = false;                           // after the packages of this call
  std::vector<std::string> exclude;              // names of packages of lists before this one
  std::vector<std::string> remove;               // names to take out of the list
  std::vector<std::string> join;                 // further lists for update-locations, before ours
  const SigningKeys* keys = nullptr;             // borrowed; null: leave signatures alone
  std::uint64_t memory;                          // as DeltaOptions
  unsigned threads = 1;
  Observer* observer = nullptr;
};

struct PublishedPackage {
  std::string name;
  std::string version;
  std::uint64_t size = 0;
  struct Delta {
    std::string from;
    std::uint64_t size;
    bool kept;  // false: not smaller than the package, so devices get that
  };
  std::vector<Delta> deltas;
};

struct PublishReport {
  std::vector<PublishedPackage> packages;  // of this call; of the whole list if it brought none
  DeltaCount deltas;
  std::vector<std::string> written;  // files of the repository, deltas and packages aside
  std::vector<std::string> advice;   // what is allowed, but probably not meant
};

// Copies the packages into the repository, makes the deltas that are missing, and only then
// replaces the package list, update-locations and the signatures, each atomically and only if it
// changes. Interrupted at any moment, it leaves the lists as they were; the next call goes on where
// it stopped. Only one process at a time may work on a repository (Code::denied for the second).
//
// Code::denied for a version that was published with other content, for two versions of a package
// that translate to the same path, for names that make unsafe paths; the errors of
// make_deltas, and of the files that are read.
Result<PublishReport> publish_package_list(const PublishOptions& options);

}  // namespace kerf::publish
