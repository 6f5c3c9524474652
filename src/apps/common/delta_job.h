// What the stand-ins for other VCDIFF programs do once their command line is understood.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "patch/patch.h"

namespace kerf::apps {

// Paths may be "-" for a standard stream, one input at most. Files are bytes: what looks compressed
// is never unpacked. An output that exists is refused unless `force`, and never an input. A failure
// leaves nothing behind.
struct DeltaJob {
  std::string old_path;  // empty: there is no old file
  std::string new_path;
  std::string patch_path;
  bool force = false;
  bool progress = false;
};

// A flag's value: decimal digits and nothing else. Code::denied if it is not that, or has more than
// 64 bits.
Result<std::uint64_t> parse_bytes(std::string_view text);

// Makes the patch with `writer`, with all of the machine's memory and cores; it has been applied
// and compared before it gets its name.
Status encode(const DeltaJob& job, const PatchWriter& writer);

// Applies a VCDIFF patch. `most_output`: bytes that the new file may have.
Status decode(const DeltaJob& job, std::uint64_t most_output);

}  // namespace kerf::apps
