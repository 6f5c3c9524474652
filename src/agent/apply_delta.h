// Applying a delta on the device, with the reason of a failure as a result code.
#pragma once

#include <string>

#include "base/hash.h"
#include "base/limits.h"
#include "io/sink.h"
#include "io/source.h"
#include "patch/patch.h"

namespace kerf::agent {

// Writes what `patch` makes of `source` to `target` and gives its identity; nothing is checked
// against what it should be. ResultCodes 4xxx for faults of the patch, device_io or no_space if
// `source` cannot be read or `target` not be written. Memory as PatchReader::apply.
Result<BlobId> apply_delta(const PatchReader& reader, const Source& source, const Source& patch,
                           Sink& target, const Limits& limits, Observer* observer);

}  // namespace kerf::agent
