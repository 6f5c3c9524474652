// What the agent knows of the device between runs, in one file that is only ever replaced as a
// whole.
//
// Why not a database: the record is small (a few hundred bytes a package) and changes a handful of
// times an update; a file written beside and renamed is either the old or the new one after kill -9
// and power cuts, people can read it, and each of its writes goes through io/, where tests count
// and break them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/hash.h"
#include "base/result.h"

namespace kerf::agent {

// A package that is kept for the next delta: a file of the source folder.
struct StoredSource {
  std::string file;  // its name there
  BlobId id;         // as it was when it was stored
  friend bool operator==(const StoredSource&, const StoredSource&) = default;
};

struct Installed {
  std::string version;
  std::string type;  // "apk", "zip", ...: which handler it belongs to
  std::optional<StoredSource> source;
  friend bool operator==(const Installed&, const Installed&) = default;
};

// How far an update has come that may not simply be begun anew.
enum class Phase : std::uint8_t {
  installing,  // the handler has been started; it may have finished, or not
  retaining,   // installed; the package is on its way from staging to the source folder
};

// The package whose installation has begun. At most one at a time.
struct Pending {
  Phase phase = Phase::installing;
  std::string name;
  std::string version;
  std::string from_version;  // empty: was not installed
  std::string type;
  std::string file;  // the complete, checked package: its name in the staging folder
  BlobId id;
  bool keep = false;    // store it as the source of the next delta
  bool reboot = false;  // restart the device afterwards
  std::string way;      // "delta" or "full": for reports
  friend bool operator==(const Pending&, const Pending&) = default;
};

struct State {
  std::map<std::string, Installed> installed;
  std::optional<Pending> pending;
  // A restart that is due, or under way: the boot id of the session in which it was asked for.
  std::optional<std::string> reboot_in;
  friend bool operator==(const State&, const State&) = default;
};

// An empty state if there is no such file. ResultCode::state_damaged if it is not what save_state
// wrote.
Result<State> load_state(const std::string& path);
// Replaces the file at `path`; durable on return. On failure the file holds the old state, or, if
// only the last sync failed, the new one.
Status save_state(const State& state, const std::string& path);

}  // namespace kerf::agent
