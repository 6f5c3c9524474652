// What the models will charge, roughly, by which engines choose covers.
#pragma once

#include <span>

#include "base/script.h"

namespace kerf::sliver {

// The best all-round set first. Static storage.
std::span<const CostModel> price_sets();

}  // namespace kerf::sliver
