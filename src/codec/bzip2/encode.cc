#include <bzlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "codec/bzip2/bzip2.h"

namespace kerf {

struct Bzip2Writer::State {
  explicit State(Sink& sink) : packed(sink) {}
  ~State() { BZ2_bzCompressEnd(&stream); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // Runs the compressor with `action` until it has taken its input and, for a flush or the end, has
  // nothing more to give.
  Status run(int action) {
    std::array<char, std::size_t{32} << 10> buffer;
    for (;;) {
      stream.next_out = buffer.data();
      stream.avail_out = static_cast<unsigned>(buffer.size());
      const int result = BZ2_bzCompress(&stream, action);
      if (result < 0) {
        return Error(Code::bug, "libbz2 refused to compress, error " + std::to_string(result));
      }
      TRY(packed.write({reinterpret_cast<const std::uint8_t*>(buffer.data()),
                        buffer.size() - stream.avail_out}));
      const bool done = action == BZ_RUN     ? stream.avail_in == 0
                        : action == BZ_FLUSH ? result == BZ_RUN_OK
                                             : result == BZ_STREAM_END;
      if (done) {
        return {};
      }
    }
  }

  Sink& packed;
  bz_stream stream{};
  int initialised = BZ_OK;
};

Bzip2Writer::Bzip2Writer(Sink& packed, int level) : state_(std::make_unique<State>(packed)) {
  assert(level >= 1 && level <= 9);
  state_->initialised = BZ2_bzCompressInit(&state_->stream, level, 0, 0);
}

Bzip2Writer::~Bzip2Writer() = default;

Status Bzip2Writer::write(Bytes plain) {
  if (state_->initialised != BZ_OK) {
    return Error(Code::limit, "out of memory for a bzip2 encoder");
  }
  while (!plain.empty()) {
    const std::size_t part = std::min<std::size_t>(plain.size(), std::numeric_limits<int>::max());
    state_->stream.next_in =
        const_cast<char*>(reinterpret_cast<const char*>(plain.data()));  // never written through
    state_->stream.avail_in = static_cast<unsigned>(part);
    TRY(state_->run(BZ_RUN));
    plain = plain.subspan(part);
  }
  return {};
}

Status Bzip2Writer::end_block() {
  if (state_->initialised != BZ_OK) {
    return Error(Code::limit, "out of memory for a bzip2 encoder");
  }
  return state_->run(BZ_FLUSH);
}

Status Bzip2Writer::finish() {
  if (state_->initialised != BZ_OK) {
    return Error(Code::limit, "out of memory for a bzip2 encoder");
  }
  return state_->run(BZ_FINISH);
}

}  // namespace kerf
