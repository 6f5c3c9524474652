// Reading JSON (RFC 8259) that nobody vouches for: every fault is an Error with its byte offset,
// and size and depth are bounded before anything is allocated.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"

namespace kerf {

// The document that `text` (UTF-8) holds; objects keep the order of their members. Of `limits`,
// `memory` bounds what the document takes (about 160 bytes a value, and the text of strings) and
// `depth` the nesting of objects and arrays. Stricter than most readers: a name may stand only once
// in an object, because two readers that take different ones of a pair see different documents.
// Errors: Code::corrupt with the offset for whatever is not such a document, Code::truncated if it
// ends too early, Code::limit.
Result<nlohmann::ordered_json> parse_json(Bytes text, const Limits& limits);

// `text` without control characters and bytes that are not UTF-8, in quotes, and cut after 80
// bytes: how messages and reports show strings that come from input.
std::string in_quotes(std::string_view text);

}  // namespace kerf
