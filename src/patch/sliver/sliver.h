// kerf's own patch format: references are predicted from the map of what moved where, and the rest
// is coded by context mixing. docs/formats/sliver.md is normative.
#pragma once

#include "patch/patch.h"

namespace kerf::sliver {

const PatchReader& reader();
const PatchWriter& writer();  // make side

}  // namespace kerf::sliver
