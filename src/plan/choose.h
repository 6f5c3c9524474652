// Tries what may serve a pair of files, and keeps the smallest patch.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "diff/engine.h"
#include "patch/patch.h"

namespace kerf::plan {

struct ChooseOptions {
  std::uint64_t memory;           // bytes that the engine may take, beyond the two files
  unsigned threads = 1;           // at least 1; the patch does not depend on it
  Observer* observer = nullptr;   // borrowed, may be null
  std::string_view profile = {};  // of the writer; empty: its default
  // Set, and no profile: the one with the smallest patch that takes at most so many bytes to apply.
  std::optional<std::uint64_t> device_memory = {};
};

// Writes the smallest patch from `from` to `to` in `writer`'s format that the trials found into
// `patch`. Small files (up to 2 MiB together, 32 MiB with profile "max") are worth a trial of every
// price set of the writer; larger ones get one. Deterministic. Errors: those of the engine, the
// writer and the sink; Code::limit if no profile fits the device's memory.
Status write_smallest(Bytes from, Bytes to, const Engine& engine, const PatchWriter& writer,
                      const ChooseOptions& options, Sink& patch);

}  // namespace kerf::plan
