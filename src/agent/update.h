// One package that should be installed, as every update source describes it to the engine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

namespace kerf::agent {

// A file that can be fetched, with what is known of it.
struct Remote {
  std::string address;  // a URL, or a path for a FolderFetcher
  std::optional<std::uint64_t> size;
  std::optional<Sha256> sha256;
};

struct Delta {
  Remote patch;
  // What it starts from: the stored package of this version, and with this hash if it is known.
  std::string from_version;
  std::optional<Sha256> source_sha256;
};

// Movable.
struct Update {
  std::string name;     // the identity of the package; no control characters
  std::string version;  // opaque; another text than the installed one means: update
  std::string type;     // which handler; empty: that of the installed package
  // The complete package. Its size and hash are those of what deltas make, too.
  std::optional<std::string> full;
  std::optional<std::uint64_t> size;
  std::optional<Sha256> sha256;
  std::vector<Delta> deltas;  // in the order of trial
  // Why there is no delta although there should be one.
  std::optional<Error> delta_fault;
  bool keep = false;    // store the package for the next delta
  bool reboot = false;  // restart the device after installing it, then go on
};

}  // namespace kerf::agent
