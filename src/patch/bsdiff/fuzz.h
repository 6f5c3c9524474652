// What both readers must hold, whatever the bytes.
#pragma once

#include <cstdlib>

#include "patch/patch.h"

namespace kerf::bsdiff::fuzz {

constexpr std::uint64_t most_output = std::uint64_t{1} << 20;
constexpr std::uint64_t most_memory = std::uint64_t{12} << 20;

inline void check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

// An old file that differs everywhere, so that a read from the wrong place shows.
inline Bytes old_file() {
  static const std::vector<std::uint8_t> bytes = [] {
    std::vector<std::uint8_t> made(4096);
    for (std::size_t i = 0; i < made.size(); ++i) {
      made[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
    }
    return made;
  }();
  return bytes;
}

inline void exercise(const PatchReader& reader, Bytes patch_bytes) {
  const MemorySource patch(patch_bytes);
  const MemorySource old(old_file());
  const Limits limits{most_output, most_memory, 1};
  for (const bool allow_trailing : {false, true}) {
    MemorySink out(most_output);  // Code::limit past it, which the reader must not let happen
    ApplyOptions options{.limits = limits, .old_sha256 = {}, .new_sha256 = {}};
    options.allow_trailing = allow_trailing;
    const Status applied = reader.apply(old, patch, out, options);
    const auto info = reader.info(patch, limits);
    if (applied) {
      check(info.has_value());
      check(info->new_size == out.view().size());
      check(info->min_old_size <= old.size());
      check(info->patch_size == patch.size());
    } else {
      check(!applied.error().text().empty());
      check(applied.error().code() != Code::bug && applied.error().code() != Code::io);
    }
  }
}

}  // namespace kerf::bsdiff::fuzz
