// Params of .xz and .lzma streams (make side).
#pragma once

#include "codec/recover.h"

namespace kerf {

// As recover(). Headers, index and LZMA2 chunks say everything but the encoder's effort.
Result<Recovery> recover_xz(const Source& packed, const Source& plain,
                            const RecoverOptions& options);
Result<Recovery> recover_lzma(const Source& packed, const Source& plain,
                              const RecoverOptions& options);

}  // namespace kerf
