// From layers to the steps that a device takes between them.
#pragma once

#include "plan/unpack/unpack.h"
#include "recipe/recipe.h"

namespace kerf::plan {

// Appends the steps that unpack `old_file`, whose layer 0 is the recipe's one source, down to its
// last layer. Returns the value that this is. Only values that others than a patch use whole need a
// hash: `name_last` says whether the last layer does.
std::uint32_t lay_out_unpacking(const Unpacked& old_file, bool name_last, recipe::Recipe& recipe);

// Appends the steps that pack the last value of the recipe, the last layer of `new_file`, up to its
// layer 0.
void lay_out_packing(const Unpacked& new_file, recipe::Recipe& recipe);

}  // namespace kerf::plan
