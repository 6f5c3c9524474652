// BSDIFF40 (three bzip2 streams) and ENDSLEY/BSDIFF43 (one interleaved bzip2 stream).
// Normative: docs/formats/bsdiff.md.
#pragma once

#include <cstdint>
#include <memory>

#include "patch/patch.h"

namespace kerf::bsdiff {

// Offsets in both formats are 8 bytes, little-endian, sign and magnitude (bit 63 is the sign).
// Decodes one; "minus zero" counts as zero.
std::int64_t decode_offset(const std::uint8_t* at);
// `value` must not be INT64_MIN, which has no representation.
void encode_offset(std::uint8_t* at, std::int64_t value);

// One step of a patch: `add` bytes of old plus difference, `copy` extra bytes, then a move in old.
struct Control {
  std::int64_t add = 0;
  std::int64_t copy = 0;
  std::int64_t seek = 0;
};

const PatchReader& reader();          // "bsdiff"
const PatchReader& endsley_reader();  // "endsley"
const PatchWriter& writer();
const PatchWriter& endsley_writer();

// A BSDIFF40 writer whose bzip2 levels never pass `max_level` (1 to 9): what a device with little
// memory can decode. Otherwise as writer().
std::unique_ptr<PatchWriter> writer_with_level(int max_level);

}  // namespace kerf::bsdiff
