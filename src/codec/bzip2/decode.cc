#include <bzlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "codec/bzip2/bzip2.h"

namespace kerf {

namespace {

// decompress.c of libbz2 1.0.8: the state structure, then 4 bytes a block byte (fast), or 2.5
// (small).
constexpr std::uint64_t state_bytes = 64'200;
constexpr std::uint64_t fast_bytes_per_level = 400'000;
constexpr std::uint64_t small_bytes_per_level = 250'000;

}  // namespace

std::uint64_t bzip2_memory(unsigned level, bool small) {
  return state_bytes + level * (small ? small_bytes_per_level : fast_bytes_per_level);
}

struct Bzip2Reader::State {
  State(const Source& source, const Options& given)
      : packed(source), options(given), reader(source, given.buffer) {}
  ~State() {
    if (started) {
      BZ2_bzDecompressEnd(&stream);
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Error fault(Code code, std::string what) const {
    return Error(code, std::move(what)).at(options.base + consumed());
  }
  std::uint64_t consumed() const { return reader.position() - stream.avail_in; }

  // Reads the level digit and reserves the decoder's memory.
  Status start() {
    std::array<std::uint8_t, 4> head{};
    if (packed.size() < head.size()) {
      return fault(Code::truncated, "bzip2 stream of " + std::to_string(packed.size()) +
                                        " bytes is shorter than its header");
    }
    TRY(packed.read_at(0, head));
    if (head[0] != 'B' || head[1] != 'Z' || head[2] != 'h' || head[3] < '1' || head[3] > '9') {
      return fault(Code::corrupt, "not a bzip2 stream (\"BZh1\" to \"BZh9\" expected)");
    }
    const auto level = static_cast<unsigned>(head[3] - '0');
    const std::uint64_t fast = bzip2_memory(level, false);
    const std::uint64_t small = bzip2_memory(level, true);
    if (small > options.memory) {
      return fault(Code::limit, "bzip2 level " + std::to_string(level) + " needs " +
                                    std::to_string(small) + " bytes to decode, but only " +
                                    std::to_string(options.memory) + " are permitted");
    }
    memory = fast <= options.memory ? fast : small;
    if (BZ2_bzDecompressInit(&stream, 0, fast <= options.memory ? 0 : 1) != BZ_OK) {
      return Error(Code::limit, "out of memory for a bzip2 decoder");
    }
    started = true;
    return {};
  }

  // Decodes until `out` is full or the stream ends; returns the bytes made.
  Result<std::size_t> decode(MutBytes out) {
    if (!started) {
      TRY(start());
    }
    std::size_t made = 0;
    while (made < out.size() && !ended) {
      if (stream.avail_in == 0) {
        TRY_ASSIGN(const Bytes input, reader.read_some(std::numeric_limits<std::size_t>::max()));
        // libbz2 takes a mutable pointer but never writes through it.
        stream.next_in = const_cast<char*>(reinterpret_cast<const char*>(input.data()));
        stream.avail_in = static_cast<unsigned>(input.size());
      }
      const auto room = static_cast<unsigned>(
          std::min<std::size_t>(out.size() - made, std::numeric_limits<int>::max()));
      stream.next_out = reinterpret_cast<char*>(out.data() + made);
      stream.avail_out = room;
      const unsigned before = stream.avail_in;
      const int result = BZ2_bzDecompress(&stream);
      made += room - stream.avail_out;
      if (result == BZ_STREAM_END) {
        ended = true;
      } else if (result == BZ_MEM_ERROR) {
        return Error(Code::limit, "out of memory for a bzip2 decoder");
      } else if (result != BZ_OK) {
        return fault(Code::corrupt, "damaged bzip2 stream");
      } else if (before == 0 && stream.avail_out == room) {
        return fault(Code::truncated, "bzip2 stream ends in the middle");
      }
    }
    produced += made;
    return made;
  }

  const Source& packed;
  Options options;
  BufferedReader reader;
  bz_stream stream{};
  bool started = false;
  bool ended = false;
  std::uint64_t memory = 0;
  std::uint64_t produced = 0;
};

Bzip2Reader::Bzip2Reader(const Source& packed, const Options& options)
    : state_(std::make_unique<State>(packed, options)) {}
Bzip2Reader::~Bzip2Reader() = default;
Bzip2Reader::Bzip2Reader(Bzip2Reader&&) noexcept = default;

Status Bzip2Reader::read(MutBytes out) {
  if (out.empty()) {
    return {};
  }
  TRY_ASSIGN(const std::size_t made, state_->decode(out));
  if (made < out.size()) {
    return state_->fault(Code::truncated, "bzip2 stream holds only " +
                                              std::to_string(state_->produced) +
                                              " plain bytes, more are needed");
  }
  return {};
}

Status Bzip2Reader::finish() {
  std::array<std::uint8_t, 1> surplus{};
  TRY_ASSIGN(const std::size_t made, state_->decode(surplus));
  if (made != 0) {
    return state_->fault(Code::corrupt, "bzip2 stream holds plain bytes after the last one used");
  }
  return {};
}

std::uint64_t Bzip2Reader::consumed() const {
  return state_->consumed();
}
std::uint64_t Bzip2Reader::memory() const {
  return state_->memory;
}
std::uint64_t Bzip2Reader::produced() const {
  return state_->produced;
}

}  // namespace kerf
