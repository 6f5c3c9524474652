// Params of a gzip file (make side).
#pragma once

#include "codec/recover.h"

namespace kerf {

// As recover(). Members that only corrections or nothing could make spoil the whole.
Result<Recovery> recover_gzip(const Source& packed, const Source& plain,
                              const RecoverOptions& options);

}  // namespace kerf
