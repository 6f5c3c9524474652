// Where things lie in a repository. All paths are below its folder, and safe.
#pragma once

#include <string>

#include "base/hash.h"
#include "base/observer.h"
#include "base/result.h"
#include "publish/package_list/package_file.h"

namespace kerf::publish {

inline constexpr const char* lock_name = ".kerf-publish.lock";

// A package name as a folder: characters outside a-z A-Z 0-9 - _ . become underscores.
std::string folder_name(const std::string& name);

// "packages/NAME/VERSION.apk". Code::denied if name or version make that unsafe.
Result<std::string> package_path(const std::string& name, const std::string& version,
                                 PackageType type);

// "updates/NAME/{from-version}_to_{to-version}.vcdiff".
std::string diff_pattern(const std::string& name);

// Whether `path` is a file with this content. Reads all of it if the size is right.
Result<bool> holds(const std::string& path, const BlobId& id, Observer* observer);

}  // namespace kerf::publish
