// Files of a repository that fit into memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace kerf::publish {

// All of a file; nothing if there is none. Code::limit above `most` bytes, Code::io.
Result<std::optional<std::vector<std::uint8_t>>> read_if_there(const std::string& path,
                                                               std::uint64_t most);

// Replaces the file atomically unless it holds these bytes already; true if it did not.
Result<bool> write_if_changed(const std::string& path, Bytes bytes);

}  // namespace kerf::publish
