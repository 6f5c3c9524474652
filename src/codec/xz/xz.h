// xz streams that come in pieces, as xdelta3 packs the sections of a VCDIFF file.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace kerf {

// Decodes one .xz stream (no concatenation). Not thread-safe.
class XzDecoder {
 public:
  // `memory`: bytes that decoding may take, the dictionary above all.
  explicit XzDecoder(std::uint64_t memory);
  ~XzDecoder();
  XzDecoder(XzDecoder&&) noexcept;
  XzDecoder& operator=(XzDecoder&&) = delete;

  // Takes from the front of `in`, fills the front of `out`, and shortens both by what it took and
  // filled. Returns when one of them is empty, when the stream has ended, or when nothing moves any
  // more. Errors: corrupt, unsupported (a filter or check that this build has not), limit (the
  // message says how much memory would do); after one the decoder is spent.
  Status decode(Bytes& in, MutBytes& out);
  // The stream has ended; decode() takes nothing any more.
  bool ended() const;
  // What it has allocated so far, in bytes.
  std::uint64_t memory() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kerf
