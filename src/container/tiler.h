// Collects what a container has found in a file, and makes a listing of it that tiles the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "container/container.h"

namespace kerf::container {

class Tiler {
 public:
  // For a file of `size` bytes; of `limits`, `memory` bounds the listing.
  Tiler(std::uint64_t size, const Limits& limits) : size_(size), memory_(limits.memory) {}

  // Adds an entry. Extents of length 0 are left out, and an entry without any other. Code::corrupt
  // if an extent passes the end of the file; Code::limit.
  Status add(Entry entry);
  Status content(std::string path, Extent extent) {
    return add({std::move(path), Role::content, {}, {extent}, {}});
  }
  Status header(std::string path, std::vector<Extent> extents) {
    return add({std::move(path), Role::header, {}, std::move(extents), {}});
  }

  // The listing; nothing may be called afterwards. What no entry has becomes one entry of padding,
  // but what is at the end, from `end` on, content "appended data", unless it is zeros throughout:
  // `file` is read for that. Code::corrupt if two entries share a byte.
  Result<std::vector<Entry>> finish(const Source& file, std::uint64_t end);
  // The same for containers without an end of their own.
  Result<std::vector<Entry>> finish();

 private:
  std::uint64_t size_;
  std::uint64_t memory_;
  std::uint64_t used_ = 0;
  std::vector<Entry> entries_;
};

// A member's path without "./" and "/" in front, and as far as the first 0.
std::string member_path(Bytes name);

// Whether [from, to) of `file` is zeros throughout. Reads it in parts.
Result<bool> is_zeros(const Source& file, std::uint64_t from, std::uint64_t to);

// "`what` reaches beyond the end of the file", for a part that should end there.
Error beyond_end(std::string_view what, std::uint64_t offset);

}  // namespace kerf::container
