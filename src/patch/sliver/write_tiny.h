// The writer of profile `tiny`.
#pragma once

#include "patch/patch.h"

namespace kerf::sliver {

inline constexpr std::string_view tiny_name = "tiny";

// As PatchWriter::write. Code::unsupported above 2 GiB.
Status write_tiny(Bytes from, Bytes to, const Script& script, Sink& patch,
                  const WriteOptions& options);

}  // namespace kerf::sliver
