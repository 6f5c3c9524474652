// Compressed files: one or more streams of a codec, and whatever stands behind them.
#pragma once

#include "container/container.h"

namespace kerf::container {

const Container& gzip_stream();
const Container& xz_stream();
const Container& bzip2_stream();
const Container& lzma_stream();
const Container& zlib_stream();

}  // namespace kerf::container
