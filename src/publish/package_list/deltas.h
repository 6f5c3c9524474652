// Deltas for any number of pairs of packages: made in parallel, verified, and not made twice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/observer.h"
#include "base/result.h"
#include "publish/package_list/state.h"

namespace kerf::publish {

// A delta that a repository should have. Paths are below the repository.
struct DeltaWish {
  std::string package;  // name, for messages
  PublishedVersion from;
  PublishedVersion to;
  std::string file;
  bool even_if_larger = false;  // there is no other way to get the package
};

struct DeltaOptions {
  std::uint64_t memory;          // bytes that all engines together may take, beyond mapped files
  unsigned threads = 1;          // at least 1; the deltas do not depend on it
  Observer* observer = nullptr;  // borrowed, may be null; progress is in deltas
};

struct DeltaCount {
  std::size_t made = 0;
  std::size_t kept = 0;  // were there already, for the same pair of packages
  std::size_t not_smaller = 0;
};

// Makes what is missing. Each delta is applied by a reader that accepts what fielded updaters
// accept, and compared, before it gets its name; `state.deltas` is saved after each one, so that
// whoever ends this process loses only the deltas that were being made. What the state knows and
// the disk still holds (by size and SHA-256) stays; a file that only the disk knows is kept if it
// gives the right package. A delta that is not smaller than its package is remembered, but not
// kept. Code::cancelled from the observer; the errors of one pair name it, and are told after the
// others under way are finished.
Result<DeltaCount> make_deltas(const std::string& repository, const std::vector<DeltaWish>& wishes,
                               const DeltaOptions& options, State& state);

// Whether the delta turns the source into the target on a device of today: applies it with the
// strict reader. Code::mismatch if another file comes out, or the errors of the reader.
Status check_delta(const std::string& source, const std::string& delta, const BlobId& target);

}  // namespace kerf::publish
