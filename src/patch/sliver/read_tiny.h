// The reader of profile `tiny`: the device's decoder (mcu/), fed from a file.
#pragma once

#include "patch/patch.h"

namespace kerf::sliver {

// Is this the head of a sliver patch of that profile?
bool is_tiny(Bytes head);
// As PatchReader::info and apply.
Result<PatchInfo> info_tiny(const Source& patch, const Limits& limits);
Status apply_tiny(const Source& from, const Source& patch, Sink& to, const ApplyOptions& options);

}  // namespace kerf::sliver
