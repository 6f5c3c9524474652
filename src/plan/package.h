// Plans a kerf package: unpacks both versions, makes differences of what they hold, and says how
// the device gets from one to the other.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/observer.h"
#include "base/result.h"
#include "io/spool.h"
#include "plan/unpack/unpack.h"
#include "recipe/recipe.h"

namespace kerf::plan {

struct PackageOptions {
  std::uint64_t memory;           // bytes that the engine may take, beyond the unpacked files
  unsigned threads = 1;           // at least 1; the package does not depend on it
  Observer* observer = nullptr;   // borrowed, may be null
  std::string_view profile = {};  // of sliver; empty: its default
  // Of one step on the device: what needs more stays packed.
  std::uint64_t device_memory = std::uint64_t{2} << 30;
  unsigned most_layers_deep = 8;  // containers in containers
};

// A share of a package, for people.
struct Part {
  std::string path;         // of the member; empty: everything that has no part of its own
  std::string mode;         // "program", "rest", "whole file"
  std::uint64_t size = 0;   // bytes that it makes
  std::uint64_t patch = 0;  // bytes of payload
};

struct Plan {
  recipe::Recipe recipe;
  io::Spool payload{std::uint64_t{64} << 20};
  std::uint64_t decoding = 0;  // memory that unpacking takes on the device, in bytes
  std::vector<Part> parts;
  std::vector<Left> left;     // changed streams that are compared as they are
  std::uint64_t streams = 0;  // that the device packs again
};

// Whether a file is an archive, an image of a file system or compressed, as far as this build
// knows. Cheap: reads headers and lists, except for compressed files, which are unpacked once.
// Errors: io, cancelled.
Result<bool> is_container(Bytes file);

// The smallest plan that was found. Both files are borrowed for the call. Never larger than one
// sliver patch between both files as they are, where that was worth a trial (small files, and
// wherever unpacking does not make the patch smaller than half of the new file). Errors: those of
// engines and writers; limit; cancelled.
Result<Plan> plan_package(Bytes from, Bytes to, const PackageOptions& options);

}  // namespace kerf::plan
