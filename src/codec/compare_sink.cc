#include "codec/compare_sink.h"

#include <algorithm>

#include "codec/codec.h"

namespace kerf {

Status CompareSink::write(Bytes bytes) {
  while (!bytes.empty()) {
    const std::size_t part = std::min<std::size_t>(bytes.size(), std::size_t{64} << 10);
    if (expected_.size() - position_ < part) {
      return Error(Code::mismatch, "more packed bytes than expected").at(expected_.size());
    }
    buffer_.resize(part);
    TRY(expected_.read_at(position_, buffer_));
    const std::size_t same = common_prefix(bytes.first(part), buffer_);
    position_ += same;
    if (same < part) {
      return Error(Code::mismatch, "another packed byte than expected").at(position_);
    }
    bytes = bytes.subspan(part);
  }
  return {};
}

Result<Verdict> try_encoder(Encoder& encoder, const CompareSink& sink, const Source& plain,
                            std::uint64_t offset, std::uint64_t length, std::uint64_t end,
                            std::uint64_t& work) {
  const SliceSource part(plain, offset, length);
  BufferedReader reader(part, std::size_t{64} << 10);
  Status status;
  for (;;) {
    TRY_ASSIGN(const Bytes bytes, reader.read_some(std::size_t{64} << 10));
    if (bytes.empty()) {
      break;
    }
    work += bytes.size();
    if (Status written = encoder.write(bytes); !written) {
      if (written.error().code() == Code::mismatch) {
        return Verdict::different;
      }
      return std::move(written).error();
    }
  }
  if (Status finished = encoder.finish(); !finished) {
    if (finished.error().code() == Code::mismatch) {
      return Verdict::different;
    }
    return std::move(finished).error();
  }
  return sink.position() == end ? Verdict::equal : Verdict::different;
}

}  // namespace kerf
