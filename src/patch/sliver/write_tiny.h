// The writer of profile `tiny`.
#pragma once

#include "patch/patch.h"

namespace kerf::sliver {

inline constexpr std::string_view tiny_name = "tiny";

// New bytes between restart points, as a power of two. Each costs 1 to 3 % of the patch.
inline constexpr unsigned tiny_window_bits = 17;

// As PatchWriter::write; `window_bits` from 12 to 31. Code::unsupported above 2 GiB.
Status write_tiny(Bytes from, Bytes to, const Script& script, Sink& patch,
                  const WriteOptions& options, unsigned window_bits = tiny_window_bits);

}  // namespace kerf::sliver
