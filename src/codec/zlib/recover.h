// Params of a zlib stream (make side).
#pragma once

#include "codec/recover.h"

namespace kerf {

// As recover().
Result<Recovery> recover_zlib(const Source& packed, const Source& plain,
                              const RecoverOptions& options);

}  // namespace kerf
