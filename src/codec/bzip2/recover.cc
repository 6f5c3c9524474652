#include "codec/bzip2/recover.h"

#include "codec/bzip2/codec.h"
#include "codec/compare_sink.h"

namespace kerf {

Result<Recovery> recover_bzip2(const Source& packed, const Source& plain,
                               const RecoverOptions& options) {
  Recovery recovery;
  std::vector<Bzip2Stream> streams;
  CountingSink nowhere(nullptr);
  TRY_ASSIGN(const Decoded decoded,
             decode_bzip2(packed, nowhere, {plain.size(), options.memory, 1}, &streams));
  if (decoded.packed != packed.size() || decoded.plain != plain.size()) {
    return recovery;  // not one bzip2 file and its content
  }
  ByteWriter params;
  write_bzip2_params(streams, params);
  CompareSink sink(packed);
  auto encoder = bzip2_codec().encoder(params.view(), sink, {packed.size(), options.memory, 1});
  if (!encoder) {
    return recovery;  // more memory than allowed
  }
  recovery.tried = 1;
  auto verdict = try_encoder(**encoder, sink, plain, 0, plain.size(), packed.size(), recovery.work);
  if (!verdict && verdict.error().code() == Code::limit) {
    return recovery;  // longer than the stream
  }
  TRY_ASSIGN(const Verdict value, std::move(verdict));
  if (value == Verdict::equal) {
    std::string text = "level " + std::to_string(streams[0].level);
    if (streams.size() > 1) {
      text += ", " + std::to_string(streams.size()) + " streams";
    }
    recovery.exact = Recovered{std::move(params).take(), std::move(text)};
  }
  return recovery;
}

}  // namespace kerf
