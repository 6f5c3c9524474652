// Identity of a source.
#pragma once

#include "base/hash.h"
#include "base/observer.h"
#include "io/source.h"

namespace kerf {

// Reads all of `source` through a fixed buffer and gives its size and SHA-256. `observer` may be
// null.
Result<BlobId> identify(const Source& source, Observer* observer);

}  // namespace kerf
