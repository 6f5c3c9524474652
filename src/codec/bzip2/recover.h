// Params of a bzip2 file (make side).
#pragma once

#include "codec/recover.h"

namespace kerf {

// As recover(). The only parameter stands in the header: one trial.
Result<Recovery> recover_bzip2(const Source& packed, const Source& plain,
                               const RecoverOptions& options);

}  // namespace kerf
