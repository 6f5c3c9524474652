// The writer of profile `fast`.
#pragma once

#include "mcu/cm/cover.h"
#include "patch/patch.h"
#include "patch/sliver/header.h"

namespace kerf::sliver::fast {

// The patch that `header` begins, all but its lengths filled in, from `covers`, of which none
// counts as exact.
Result<std::vector<std::uint8_t>> write(Bytes from, Bytes to, Header header,
                                        std::vector<Cover> covers, const WriteOptions& options);

}  // namespace kerf::sliver::fast
