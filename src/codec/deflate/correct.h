// Deflate streams of foreign encoders: the choices of the nearest family, and where the stream
// departs from them ("corrections"), coded with adaptive probabilities. Normative description:
// docs/formats/codecs.md, section 4.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "codec/codec.h"
#include "codec/deflate/params.h"

namespace kerf {

inline constexpr std::uint8_t corrected_form = 5;  // first byte of the params
// No block may have more tokens: the encoder keeps a whole block.
inline constexpr std::uint64_t kMostBlockTokens = (1 << 20) - 1;

struct CorrectedParams {
  DeflateParams family;
  std::uint64_t block_tokens = 0;  // of the longest block
  std::vector<std::uint8_t> corrections;
};

void write_corrected_params(const CorrectedParams& params, ByteWriter& out);
// All of `params`. Errors as read_deflate_params.
Result<CorrectedParams> read_corrected_params(Bytes params);
// Bytes that encoding allocates.
std::uint64_t corrected_memory(const CorrectedParams& params);
// Makes such a stream. Code::mismatch if plain and params do not belong together, as far as that is
// noticed: check the hash of what comes out.
std::unique_ptr<Encoder> corrected_encoder(CorrectedParams params, Sink& packed);

}  // namespace kerf
