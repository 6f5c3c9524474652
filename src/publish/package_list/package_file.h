// One package file as it is handed in: which type it is, and under what name and version a package
// list must name it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/observer.h"
#include "base/result.h"

namespace kerf::publish {

enum class PackageType : std::uint8_t { apk, ttpkg, zip };

// ".apk", ".ttpkg" or ".zip".
std::string_view extension_of(PackageType type);
// By the extension of a path, whatever its case; nothing for others.
std::optional<PackageType> type_by_extension(std::string_view path);
// Deltas are for APK and TTPKG alone; devices do not apply them to ZIP packages.
bool takes_deltas(PackageType type);

struct PackageFile {
  std::string source;  // path of the file
  PackageType type = PackageType::apk;
  std::string name;
  std::string version;
  BlobId id;
};

// Looks at the file `path`. An APK says its name and version code itself: `name` and `version`, if
// given, must agree (Code::mismatch). For a TTPKG both must be given, for a ZIP the version (the
// name is that of the file if not given): Code::denied otherwise. Code::unsupported for any other
// type, Code::corrupt for an APK or ZIP that is none. Reads all of the file.
Result<PackageFile> inspect_package(const std::string& path, const std::optional<std::string>& name,
                                    const std::optional<std::string>& version, Observer* observer);

}  // namespace kerf::publish
