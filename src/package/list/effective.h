// Several package lists, joined in the order of update-locations, as one.
#pragma once

#include <span>
#include <vector>

#include "package/list/list.h"

namespace kerf::package_list {

struct EffectivePackage {
  const Package* package;  // in one of the lists
  std::size_t list;        // its number; paths of the package are relative to that list
};

// What should be installed, in order. An entry with `exclude` drops those of its name that stand
// before it, in its own list and in earlier ones; a later entry can bring the package back. An
// entry that says the same as an earlier one of its list changes nothing. Code::corrupt, naming
// both, if two different ones have the same name: the name is the identity, and which of them is
// meant nobody knows. Borrows from `lists`.
Result<std::vector<EffectivePackage>> effective_packages(std::span<const PackageList> lists);

}  // namespace kerf::package_list
