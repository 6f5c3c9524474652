// What bzip2 charges for the parts of a bsdiff patch, roughly: found by trying on real update
// pairs.
#pragma once

#include <span>

#include "base/script.h"

namespace kerf::bsdiff {

// The first set serves all kinds of files well; the others each suit some better.
std::span<const CostModel> price_sets();

}  // namespace kerf::bsdiff
