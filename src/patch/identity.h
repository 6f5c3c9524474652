// What a patch (or the caller) states about the old and the new file, compared with the files.
#pragma once

#include <optional>

#include "base/hash.h"
#include "io/source.h"
#include "patch/patch.h"

namespace kerf {

// Compares `from` with everything that claims to know it: `stated` by the patch, and the caller.
// Reads `from` only if there is something to compare. Code::mismatch names both.
Status check_old(const Source& from, const std::optional<BlobId>& stated,
                 const ApplyOptions& options);

// Compares the SHA-256 of what came out with the one `stated` by the patch, and the caller's.
Status check_new(const Sha256& made, const std::optional<Sha256>& stated,
                 const ApplyOptions& options);

}  // namespace kerf
