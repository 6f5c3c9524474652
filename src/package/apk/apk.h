// What an Android package (APK) says it is. Stands on the apply side because both ends need it: the
// publisher to fill in a package list, the updater to see whether the result is what was promised.
#pragma once

#include <cstdint>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "io/source.h"

namespace kerf::apk {

struct Identity {
  std::string name;                // Android package name, "io.appium.settings"
  std::uint64_t version_code = 0;  // versionCodeMajor in the upper 32 bits
  std::string version_name;        // for people; may be empty
  friend bool operator==(const Identity&, const Identity&) = default;
};

// Reads AndroidManifest.xml out of an APK and parses it. Of `limits`, `memory` bounds the size of
// the manifest. Code::corrupt if `apk` is no ZIP archive, or none with exactly one manifest, or
// the manifest is not sound; Code::unsupported for what Android allows but no tool makes (encrypted
// entries, a version that is a reference to a resource); Code::limit; Code::io.
Result<Identity> identify(const Source& apk, const Limits& limits);

// The same for the manifest alone, in Android's binary XML. Offsets in errors are in `manifest`.
Result<Identity> parse_manifest(Bytes manifest);

// Whether the file is a ZIP archive with an entry AndroidManifest.xml. Only Code::io is an error.
Result<bool> is_apk(const Source& file);

}  // namespace kerf::apk
