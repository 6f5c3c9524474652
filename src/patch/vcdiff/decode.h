// Runs the windows of a VCDIFF file.
#pragma once

#include "base/observer.h"
#include "io/sink.h"
#include "patch/vcdiff/instruction.h"
#include "patch/vcdiff/survey.h"

namespace kerf::vcdiff {

struct Counts {
  std::uint64_t adds = 0;
  std::uint64_t add_bytes = 0;
  std::uint64_t runs = 0;
  std::uint64_t run_bytes = 0;
  std::uint64_t source_copies = 0;
  std::uint64_t source_bytes = 0;
  std::uint64_t target_copies = 0;  // within the target window
  std::uint64_t target_bytes = 0;
  std::uint64_t unpacking_memory = 0;  // bytes that the xz decoders take
  bool padded = false;                 // an operand has leading zero digits
};

// Is told what every window holds.
struct WindowVisitor {
  virtual ~WindowVisitor() = default;
  // `made` is the target window, `instructions` cover it; what is copied from earlier windows is an
  // add. Both are valid during the call.
  virtual Status window(Bytes made, std::span<const Instruction> instructions) = 0;
};

struct DecodeOptions {
  bool strict = false;           // the updater profile
  std::uint64_t memory;          // for caching the old file and for unpacking
  Observer* observer = nullptr;  // borrowed, may be null
  // Borrowed, may be null; only with `from` and `to`. The instructions of a window take up to
  // `memory` bytes more.
  WindowVisitor* visitor = nullptr;
};

// Decodes all windows. With `from` and `to`, writes the new file; without both, checks all that
// can be checked without the old file. `all` is what survey() said of the same patch.
Result<Counts> decode(BlockCache& patch, const Survey& all, const Source* from, Sink* to,
                      const DecodeOptions& options);

}  // namespace kerf::vcdiff
