// What `kerf` prints: lines for people on one stream, one JSON object for programs.
#pragma once

#include <cstdio>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kerf::cli {

using Json = nlohmann::ordered_json;

// Prints `text` (complete lines) on `stream` and flushes it. Code::io if it cannot be written, so
// that a full disk behind `> file` is a failure.
Status print(std::FILE* stream, std::string_view text);
// Prints `object` on standard output.
Status print_json(const Json& object);

// Adds the patch's name to an error that a reader found in it. Errors of other files (io), and
// those that carry the name already, stay as they are.
Error in_patch(Error error, const std::string& patch_path);

// "kerf: place: what @offset (what to do)" on standard error and, if `json`, an object with an
// "error" member on standard output.
void report_error(const Error& error, bool json);
// The same for wrong usage; `code` is "usage" there.
void report_usage(const std::string& what, bool json);

}  // namespace kerf::cli
