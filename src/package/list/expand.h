// From the pattern in a package list to a place: variables, their translation, and what a path may
// not be.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "package/list/list.h"

namespace kerf::package_list {

// A version as it appears in paths: each of < > : " / \ | ? * is replaced by an underscore.
std::string translate(std::string_view version);

// True if `version` holds nothing but a-z A-Z 0-9 - _ and '.', as recommended for versions.
bool is_recommended_version(std::string_view version);

// The values of {from-version}, {to-version} and {hw-id}; all are translated before they are put
// in. One that is absent may not be used by the pattern.
struct Variables {
  std::optional<std::string> from_version;  // what is installed
  std::optional<std::string> to_version;    // what the list says
  std::optional<std::string> hardware_id;
};

// True if `pattern` holds the variable, which is named without braces ("from-version").
bool uses_variable(std::string_view pattern, std::string_view variable);

struct Place {
  bool is_url = false;  // `text` is an http or https URL; otherwise a path below the list's folder
  std::string text;
  friend bool operator==(const Place&, const Place&) = default;
};

// Expands the variables of `pattern`, then checks what came out. Code::denied for a path that
// starts with a slash or has an empty segment, "." or "..", for control characters, backslashes,
// percent signs, '?' and '#' (they would mean something else in a URL), and for URLs that are not
// http or https or name no server; the same rules hold for the path of a URL. Code::unsupported for
// an unknown variable or one without a value, Code::corrupt for braces that do not match.
Result<Place> expand(std::string_view pattern, const Variables& variables);

// The same for places without variables: the lists named in update-locations.
Result<Place> expand(std::string_view location);

// "https://server/a/list" + "b/file" -> "https://server/a/b/file"; with percent-encoding of what a
// URL cannot hold. `base` is the URL of the file that holds the reference, `place` from expand().
std::string join_url(std::string_view base, const Place& place);

}  // namespace kerf::package_list
