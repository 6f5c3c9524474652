#include <lzma.h>

#include <string>

#include "codec/xz/xz.h"

namespace kerf {

struct XzDecoder::State {
  explicit State(std::uint64_t memory) : limit(memory) {}
  ~State() { lzma_end(&stream); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  lzma_stream stream = LZMA_STREAM_INIT;
  std::uint64_t limit;
  bool started = false;
  bool ended = false;
};

XzDecoder::XzDecoder(std::uint64_t memory) : state_(std::make_unique<State>(memory)) {}
XzDecoder::~XzDecoder() = default;
XzDecoder::XzDecoder(XzDecoder&&) noexcept = default;

namespace {

Error explain(lzma_ret code, const lzma_stream& stream, std::uint64_t limit) {
  switch (code) {
    case LZMA_MEMLIMIT_ERROR:
      return {Code::limit, "decoding takes " + std::to_string(lzma_memusage(&stream)) +
                               " bytes of memory, " + std::to_string(limit) + " are left"};
    case LZMA_MEM_ERROR:
      return {Code::limit, "no memory left to decode xz data"};
    case LZMA_OPTIONS_ERROR:
    case LZMA_UNSUPPORTED_CHECK:
      return {Code::unsupported, "xz data with a filter or option that is not supported"};
    case LZMA_FORMAT_ERROR:
      return {Code::corrupt, "no xz stream"};
    default:
      return {Code::corrupt, "damaged xz data"};
  }
}

}  // namespace

Status XzDecoder::decode(Bytes& in, MutBytes& out) {
  State& state = *state_;
  if (!state.started) {
    const lzma_ret code = lzma_stream_decoder(&state.stream, state.limit, 0);
    if (code != LZMA_OK) {
      return explain(code, state.stream, state.limit);
    }
    state.started = true;
  }
  while (!state.ended) {
    state.stream.next_in = in.data();
    state.stream.avail_in = in.size();
    state.stream.next_out = out.data();
    state.stream.avail_out = out.size();
    const lzma_ret code = lzma_code(&state.stream, LZMA_RUN);
    const bool moved = state.stream.avail_in != in.size() || state.stream.avail_out != out.size();
    in = in.last(state.stream.avail_in);
    out = out.last(state.stream.avail_out);
    if (code == LZMA_STREAM_END) {
      state.ended = true;
    } else if (code != LZMA_OK && code != LZMA_BUF_ERROR) {
      return explain(code, state.stream, state.limit);
    }
    if (!moved || in.empty() || out.empty()) {
      return {};
    }
  }
  return {};
}

bool XzDecoder::ended() const {
  return state_->ended;
}

std::uint64_t XzDecoder::memory() const {
  return state_->started ? lzma_memusage(&state_->stream) : 0;
}

}  // namespace kerf
