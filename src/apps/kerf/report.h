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

// "kerf: place: what @offset (what to do)" on standard error and, if `json`, an object with an
// "error" member on standard output.
void report_error(const Error& error, bool json);
// The same for wrong usage; `code` is "usage" there.
void report_usage(const std::string& what, bool json);

}  // namespace kerf::cli
