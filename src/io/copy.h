// All of one thing into another.
#pragma once

#include <string_view>

#include "base/observer.h"
#include "io/sink.h"
#include "io/source.h"

namespace kerf {

// Writes all bytes of `from` to `to`, front to back, through a buffer of 128 KiB. `observer` (may
// be null) hears of `stage` every few megabytes.
Status copy(const Source& from, Sink& to, Observer* observer, std::string_view stage);

}  // namespace kerf
