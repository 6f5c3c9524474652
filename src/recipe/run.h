// Makes a target by its recipe.
#pragma once

#include <span>

#include "base/observer.h"
#include "recipe/recipe.h"
#include "recipe/workshop.h"

namespace kerf::recipe {

struct RunOptions {
  Limits limits;                 // of every step; depth is not used
  Observer* observer = nullptr;  // borrowed, may be null
  unsigned threads = 1;          // of patch readers
};

// Runs what `workshop` does not have already and writes the target to `to`, front to back while its
// last step runs. `recipe` must be sound (check()); `sources` are the recipe's, which are compared
// with size and hash before anything is made of them; `payload` is read front to back, step by
// step. Every value is checked against its hash before it is used, the target before success: after
// an error the owner must drop `to`. Values are discarded behind their last use. Errors: mismatch
// (another source, a value that came out wrong), limit, cancelled; those of readers and codecs,
// with the step in the context; those of sources, sink and workshop. Memory: that of the step that
// takes most, and buffers of about 1 MB.
Status run(const Recipe& recipe, std::span<const Source* const> sources, const Source& payload,
           Sink& to, Workshop& workshop, const RunOptions& options);

}  // namespace kerf::recipe
