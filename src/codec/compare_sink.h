// Does an encoder write what is already there?
#pragma once

#include <cstdint>

#include "io/sink.h"
#include "io/source.h"

namespace kerf {

// Takes bytes as long as they are those of `expected` (borrowed); then Code::mismatch.
class CompareSink final : public Sink {
 public:
  explicit CompareSink(const Source& expected, std::uint64_t offset = 0)
      : expected_(expected), position_(offset) {}
  Status write(Bytes bytes) override;
  // Of the next byte that is expected.
  std::uint64_t position() const { return position_; }

 private:
  const Source& expected_;
  std::uint64_t position_;
  std::vector<std::uint8_t> buffer_;
};

enum class Verdict : std::uint8_t { equal, different };

// Feeds `plain` from `offset` on, `length` bytes, to `encoder` (64 KiB at a time) and finishes it;
// `sink` is where its output goes in the end. Adds what was fed to `work`. different: the encoder
// ran into a mismatch (or its params do), or ended before `end` of the expected bytes.
class Encoder;
Result<Verdict> try_encoder(Encoder& encoder, const CompareSink& sink, const Source& plain,
                            std::uint64_t offset, std::uint64_t length, std::uint64_t end,
                            std::uint64_t& work);

}  // namespace kerf
