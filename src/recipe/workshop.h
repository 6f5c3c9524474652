// Where a run keeps the values that it has made: in memory, in unnamed temporary files, or under
// names in a folder, where the next run finds them again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/observer.h"
#include "io/sink.h"
#include "io/source.h"

namespace kerf::recipe {

// A value that is being made. Not thread-safe.
class Draft : public Sink {
 public:
  // The value, once it is complete and has been found right: keeps it. Write nothing afterwards.
  virtual Result<std::unique_ptr<Source>> keep() = 0;
};

// Not thread-safe.
class Workshop {
 public:
  virtual ~Workshop() = default;
  // What an earlier run has kept as value `number`, if it is `id`: nothing if it is missing or
  // anything else. `observer` may be null.
  virtual Result<std::unique_ptr<Source>> find(std::size_t number, const BlobId& id,
                                               Observer* observer) = 0;
  virtual Result<std::unique_ptr<Draft>> begin(std::size_t number, const BlobId& id) = 0;
  // Value `number` is not needed any more, nor what an earlier run may have left of it. Its sources
  // must not be used afterwards.
  virtual Status discard(std::size_t number, const BlobId& id) = 0;
};

// Values live as long as this object, those of more than `memory` bytes in $TMPDIR (or /tmp).
std::unique_ptr<Workshop> temporary_workshop(std::uint64_t memory);

// Values live under "kerf-NUMBER-HASH" in `folder`, which is made if missing, until they are
// discarded: a run that has been interrupted goes on behind the last complete step.
Result<std::unique_ptr<Workshop>> folder_workshop(const std::string& folder);

}  // namespace kerf::recipe
