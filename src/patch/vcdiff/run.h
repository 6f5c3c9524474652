// Applying a VCDIFF file: what the readers and rewrite() share.
#pragma once

#include "patch/patch.h"
#include "patch/vcdiff/decode.h"

namespace kerf::vcdiff {

// As PatchReader::apply, but leaves options.new_sha256 to the caller. `visitor` may be null.
Status run(const Source& from, const Source& patch, bool strict, const ApplyOptions& options,
           Sink& to, WindowVisitor* visitor);

}  // namespace kerf::vcdiff
