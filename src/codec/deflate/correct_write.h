// Finding corrections (make side).
#pragma once

#include <optional>

#include "codec/deflate/correct.h"
#include "codec/deflate/recover.h"

namespace kerf {

// The params that make the stream of `task` from its plain bytes, through the family and level that
// foresee its beginning best; nothing if a block is too long or the stream cannot be expressed.
// Adds to recovery's work. Errors: only those of the sources, and of a damaged stream.
Result<std::optional<CorrectedParams>> find_corrections(const DeflateTask& task,
                                                        Recovery& recovery);

}  // namespace kerf
