// What the headers of all windows tell, before anything is decoded.
#pragma once

#include "patch/vcdiff/header.h"

namespace kerf::vcdiff {

struct Survey {
  FileHeader file;
  std::uint64_t windows = 0;
  std::uint64_t new_size = 0;
  std::uint64_t largest_window = 0;
  std::uint64_t source_end = 0;     // one past the last byte of all source segments
  std::uint64_t source_end_at = 0;  // offset in the patch of the segment that reaches it
  Extent kept;                      // the part of the target that windows with window_target read
  std::uint64_t target_windows = 0;
  std::uint64_t checksums = 0;
  std::uint64_t interleaved = 0;
  std::uint64_t packed_sections = 0;
  std::array<std::uint64_t, section_count> section_bytes{};  // as stored
  bool padded = false;
};

// Reads every header. Checks them, the windows' sum against `limits.output`, and target segments
// against what is decoded before them.
Result<Survey> survey(BlockCache& patch, bool strict, const Limits& limits);

// "window 3", from 0.
std::string window_name(std::uint64_t number);

}  // namespace kerf::vcdiff
