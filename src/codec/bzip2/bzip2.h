// bzip2 streams (single member), by libbz2.
#pragma once

#include <cstdint>
#include <memory>

#include "base/limits.h"
#include "io/sink.h"
#include "io/source.h"

namespace kerf {

// Bytes that decoding a stream of `level` (1 to 9) takes, in libbz2's fast or its small mode.
std::uint64_t bzip2_memory(unsigned level, bool small);

// Pulls the plain bytes of one bzip2 stream that occupies `packed` from its first byte. Movable;
// one thread at a time. Memory: 64 KB of state plus 400,000 bytes per level (1 to 9, a digit of the
// stream); in "small" mode 250,000 per level, at half the speed.
class Bzip2Reader {
 public:
  struct Options {
    std::uint64_t base = 0;    // offset of packed[0] in the file, for error messages
    std::uint64_t memory = 0;  // ceiling; small mode is chosen when only it fits, else Code::limit
    std::size_t buffer = std::size_t{64} << 10;  // of packed bytes
  };
  // Borrows `packed`. Nothing is read yet: the header is examined by the first read.
  Bzip2Reader(const Source& packed, const Options& options);
  ~Bzip2Reader();
  Bzip2Reader(Bzip2Reader&&) noexcept;

  // Fills `out`. Code::truncated if the stream holds fewer bytes (or its end is missing),
  // Code::corrupt if it is no bzip2 stream or a checksum fails, Code::limit as above.
  Status read(MutBytes out);
  // Call after the last expected byte: the stream must end exactly here, with a good checksum.
  // Code::corrupt if it holds more plain bytes.
  Status finish();
  // Packed bytes consumed so far; after finish() the exact length of the stream.
  std::uint64_t consumed() const;
  // The memory that decoding the stream takes (from its level digit), or 0 before the first read.
  std::uint64_t memory() const;
  // Plain bytes delivered so far.
  std::uint64_t produced() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Pushes plain bytes into one bzip2 stream. The output depends on the bytes, the level and the
// block ends alone, not on how the bytes were cut into writes. Not thread-safe. Memory: 400,000
// bytes plus 800,000 per level.
class Bzip2Writer final : public Sink {
 public:
  // `level` 1 to 9: blocks of level * 100,000 bytes. Borrows `packed`.
  Bzip2Writer(Sink& packed, int level);
  ~Bzip2Writer() override;

  Status write(Bytes plain) override;
  // Ends the present block early. Streams may hold blocks of any size up to the level's.
  Status end_block();
  // Ends the stream; write nothing afterwards.
  Status finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kerf
