// Finding the params that make a given stream again (make side).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codec/codec.h"

namespace kerf {

struct RecoverOptions {
  // Plain bytes that encoders may be fed in the search, summed over all candidates, before it gives
  // up; the last candidate may be fed `plain` bytes more. 0: twelve times the plain size.
  std::uint64_t work = 0;
  // Ceiling for encoders: candidates that need more are not tried.
  std::uint64_t memory = std::uint64_t{2} << 30;
  // Deflate streams that no encoder makes: corrections (docs/formats/codecs.md) of at most this
  // share of the packed size; 0: none. They pay where they are smaller than what a difference of
  // the packed bytes would cost, which the caller must try.
  unsigned most_corrections_percent = 0;
  // Params that were right for other streams of the same artifact, the latest first: tried first.
  std::vector<std::vector<std::uint8_t>> hints;
};

struct Recovered {
  std::vector<std::uint8_t> params;
  std::string description;  // for people: "gnu level 9"
};

struct Recovery {
  std::optional<Recovered> exact;  // nothing: no encoder of this build makes the stream
  // What the search has cost.
  std::uint64_t work = 0;  // plain bytes that encoders were fed, all candidates together
  unsigned tried = 0;      // candidates
};

// Params from which codec `id` makes exactly the bytes of `packed` out of `plain`: `packed` is one
// whole stream and nothing else, `plain` what it decodes to. What is returned has been tried on the
// whole stream. Errors: only what stands in the way of trying (sources that fail, a stream that is
// damaged); Code::unsupported for a codec that this build has not. Cost: see the fields; memory
// that of the largest encoder tried and 1 MB.
Result<Recovery> recover(CodecId id, const Source& packed, const Source& plain,
                         const RecoverOptions& options);

}  // namespace kerf
