// How the header of a file and the instructions of a target window are coded.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "patch/vcdiff/instruction.h"
#include "patch/vcdiff/vcdiff.h"

namespace kerf::vcdiff {

// What stands before the first window.
std::vector<std::uint8_t> file_header(const Form& form);

// Codes a window of the target whose bytes are `window` by `instructions`, which cover it, in the
// smallest way that the default code table offers. The source segment is as narrow as the copies
// allow. Appends the whole window, header included, to `out`.
void encode_window(Bytes window, std::span<const Instruction> instructions, const Form& form,
                   std::vector<std::uint8_t>& out);

}  // namespace kerf::vcdiff
