#include "publish/package_list/layout.h"

#include <algorithm>

#include "io/file.h"
#include "io/folder.h"
#include "io/hash_source.h"
#include "package/list/expand.h"

namespace kerf::publish {

std::string folder_name(const std::string& name) {
  std::string folder = name;
  std::ranges::replace_if(
      folder, [](char c) { return !package_list::is_recommended_version(std::string_view(&c, 1)); },
      '_');
  return folder;
}

Result<std::string> package_path(const std::string& name, const std::string& version,
                                 PackageType type) {
  // A version is put in as a device would, so the pattern must not find braces in it.
  const std::string pattern = "packages/" + folder_name(name) + "/{to-version}";
  TRY_ASSIGN(auto place,
             package_list::expand(pattern + std::string(extension_of(type)), {{}, version, {}}));
  return std::move(place.text);
}

std::string diff_pattern(const std::string& name) {
  return "updates/" + folder_name(name) + "/{from-version}_to_{to-version}.vcdiff";
}

Result<bool> holds(const std::string& path, const BlobId& id, Observer* observer) {
  if (!io::exists(path)) {
    return false;
  }
  TRY_ASSIGN(const io::FileSource file, io::FileSource::open(path));
  if (file.size() != id.size) {
    return false;
  }
  TRY_ASSIGN(const BlobId found, identify(file, observer));
  return found == id;
}

}  // namespace kerf::publish
