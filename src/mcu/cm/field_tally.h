// What predictions were worth.
#pragma once

#include <stdint.h>

namespace kerf::sliver {

// For encoders: fields whose prediction saved a change, and whose prediction made one.
struct FieldTally {
  uint64_t gained = 0;
  uint64_t lost = 0;
};

}  // namespace kerf::sliver
