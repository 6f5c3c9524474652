#include "package/list/effective.h"

#include <map>
#include <string_view>

#include "base/json.h"

namespace kerf::package_list {

namespace {

std::string place(std::size_t list, std::size_t position) {
  return "packages[" + std::to_string(position) + "] of list " + std::to_string(list + 1);
}

}  // namespace

Result<std::vector<EffectivePackage>> effective_packages(std::span<const PackageList> lists) {
  struct Held {
    std::size_t slot;      // in `slots`
    std::size_t position;  // in its list
  };
  std::vector<EffectivePackage> slots;  // package == nullptr: dropped
  std::map<std::string_view, Held> present;
  for (std::size_t list = 0; list < lists.size(); ++list) {
    for (std::size_t i = 0; i < lists[list].packages.size(); ++i) {
      const Package& package = lists[list].packages[i];
      const auto found = present.find(package.name);
      if (package.exclude) {
        if (found != present.end()) {
          slots[found->second.slot].package = nullptr;
          present.erase(found);
        }
        continue;
      }
      if (found == present.end()) {
        present.emplace(package.name, Held{slots.size(), i});
        slots.push_back({&package, list});
        continue;
      }
      const EffectivePackage& held = slots[found->second.slot];
      if (held.list != list || *held.package != package) {
        return Error(Code::corrupt,
                     "the package " + in_quotes(package.name) + " stands twice, as " +
                         place(held.list, found->second.position) + " and as " + place(list, i) +
                         ": remove one, or put an entry with \"exclude\" between");
      }
    }
  }
  std::erase_if(slots, [](const EffectivePackage& slot) { return slot.package == nullptr; });
  return slots;
}

}  // namespace kerf::package_list
