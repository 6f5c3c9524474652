#include "codec/bzip2/codec.h"

#include <bzlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/varint.h"
#include "codec/bzip2/bzip2.h"
#include "codec/limited_sink.h"

namespace kerf {
namespace {

constexpr std::size_t kBuffer = std::size_t{64} << 10;

std::array<std::uint8_t, 3> version() {
  const char* text = BZ2_bzlibVersion();  // "1.0.8, 13-Jul-2019"
  std::array<std::uint8_t, 3> numbers{};
  for (std::uint8_t& number : numbers) {
    char* end = nullptr;
    number = static_cast<std::uint8_t>(std::strtoul(text, &end, 10));
    text = *end == '.' ? end + 1 : end;
  }
  return numbers;
}

// The level of the stream that starts at `offset`, or nothing if none does.
Result<std::optional<std::uint8_t>> level_at(const Source& packed, std::uint64_t offset) {
  std::array<std::uint8_t, 4> head{};
  if (packed.size() - offset < head.size()) {
    return std::optional<std::uint8_t>();
  }
  TRY(packed.read_at(offset, head));
  if (head[0] != 'B' || head[1] != 'Z' || head[2] != 'h' || head[3] < '1' || head[3] > '9') {
    return std::optional<std::uint8_t>();
  }
  return std::optional(static_cast<std::uint8_t>(head[3] - '0'));
}

class Unpacking {
 public:
  explicit Unpacking(bool small) : result_(BZ2_bzDecompressInit(&stream, 0, small ? 1 : 0)) {}
  ~Unpacking() { BZ2_bzDecompressEnd(&stream); }
  Unpacking(const Unpacking&) = delete;
  Unpacking& operator=(const Unpacking&) = delete;
  bool ready() const { return result_ == BZ_OK; }
  bz_stream stream{};

 private:
  int result_;
};

// One stream at `offset`; its length and what it holds.
Result<Decoded> decode_stream(const Source& packed, std::uint64_t offset, std::uint8_t level,
                              Sink& plain, const Limits& limits) {
  const bool small = bzip2_memory(level, false) + 2 * kBuffer > limits.memory;
  if (bzip2_memory(level, small) + 2 * kBuffer > limits.memory) {
    return Error(Code::limit, "unpacking bzip2 takes " +
                                  std::to_string(bzip2_memory(level, true) + 2 * kBuffer) +
                                  " bytes of memory, " + std::to_string(limits.memory) +
                                  " are allowed")
        .at(offset);
  }
  Unpacking unpacking(small);
  if (!unpacking.ready()) {
    return Error(Code::limit, "no memory left to unpack bzip2");
  }
  bz_stream& stream = unpacking.stream;
  BufferedReader reader(packed, kBuffer);
  reader.seek(offset);
  std::vector<char> out(kBuffer);
  Decoded decoded;
  for (;;) {
    bool end_of_source = false;
    if (stream.avail_in == 0) {
      TRY_ASSIGN(const Bytes in, reader.read_some(kBuffer));
      end_of_source = in.empty();
      stream.next_in =
          const_cast<char*>(reinterpret_cast<const char*>(in.data()));  // never written through
      stream.avail_in = static_cast<unsigned>(in.size());
    }
    stream.next_out = out.data();
    stream.avail_out = static_cast<unsigned>(out.size());
    const int code = BZ2_bzDecompress(&stream);
    const std::uint64_t position = reader.position() - stream.avail_in;
    const std::size_t produced = out.size() - stream.avail_out;
    if (produced > limits.output - decoded.plain) {
      return Error(Code::limit,
                   "bzip2 file unpacks to more than " + std::to_string(limits.output) + " bytes")
          .at(position);
    }
    TRY(plain.write({reinterpret_cast<const std::uint8_t*>(out.data()), produced}));
    decoded.plain += produced;
    if (code == BZ_STREAM_END) {
      decoded.packed = position - offset;
      return decoded;
    }
    if (code != BZ_OK) {
      return Error(code == BZ_MEM_ERROR ? Code::limit : Code::corrupt, "damaged bzip2 stream")
          .at(position);
    }
    if (end_of_source && produced == 0) {
      return Error(Code::truncated, "bzip2 stream without an end").at(position);
    }
  }
}

Result<std::vector<Bzip2Stream>> read_params(Bytes params) {
  ByteReader in(params);
  const std::array<std::uint8_t, 3> wanted{in.u8(), in.u8(), in.u8()};
  TRY(in.status());
  if (wanted != version()) {
    return Error(Code::unsupported, "packed with another version of libbz2 than this one (" +
                                        std::string(BZ2_bzlibVersion()) +
                                        "): other bytes might come out; make the patch anew")
        .at(0);
  }
  TRY_ASSIGN(const std::uint64_t count, read_varint(in));
  if (count < 1 || count > params.size()) {
    return Error(Code::corrupt, "bzip2 params of an impossible number of streams").at(3);
  }
  std::vector<Bzip2Stream> streams;
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY_ASSIGN(const std::uint64_t plain, read_varint(in));
    const std::uint8_t level = in.u8();
    TRY(in.status());
    if (level < 1 || level > 9) {
      return Error(Code::corrupt, "bzip2 params: no such level").at(in.offset() - 1);
    }
    streams.push_back({plain, level});
  }
  if (in.remaining() > 0) {
    return Error(Code::corrupt, "bzip2 params with bytes left over").at(in.offset());
  }
  return streams;
}

class Bzip2Encoder final : public Encoder {
 public:
  Bzip2Encoder(std::vector<Bzip2Stream> streams, Sink& packed, std::uint64_t most)
      : streams_(std::move(streams)), packed_(packed, most) {}

  Status write(Bytes plain) override {
    while (!plain.empty()) {
      if (!writer_ || left_ == 0) {
        TRY(close());
        if (next_ == streams_.size()) {
          return Error(Code::mismatch,
                       "more plain bytes than the bzip2 streams of the params hold");
        }
        open();
        continue;
      }
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(left_, plain.size()));
      TRY(writer_->write(plain.first(part)));
      plain = plain.subspan(part);
      left_ -= part;
    }
    return {};
  }

  Status finish() override {
    TRY(close());
    while (next_ < streams_.size()) {
      open();
      TRY(close());
    }
    return {};
  }

 private:
  void open() {
    const Bzip2Stream& stream = streams_[next_++];
    writer_.emplace(packed_, stream.level);
    left_ = stream.plain;
  }
  Status close() {
    if (!writer_) {
      return {};
    }
    if (left_ != 0) {
      return Error(Code::mismatch, "fewer plain bytes than the bzip2 streams of the params hold");
    }
    TRY(writer_->finish());
    writer_.reset();
    return {};
  }

  std::vector<Bzip2Stream> streams_;
  LimitedSink packed_;
  std::size_t next_ = 0;
  std::optional<Bzip2Writer> writer_;
  std::uint64_t left_ = 0;  // plain bytes that the present stream still wants
};

class Bzip2Codec final : public Codec {
 public:
  CodecId id() const override { return CodecId::bzip2; }
  std::string_view name() const override { return "bzip2"; }

  Result<Decoded> decode(const Source& packed, Sink& plain, const Limits& limits) const override {
    return decode_bzip2(packed, plain, limits, nullptr);
  }

  Result<std::unique_ptr<Encoder>> encoder(Bytes params, Sink& packed,
                                           const Limits& limits) const override {
    TRY(check_memory(params, limits));
    TRY_ASSIGN(std::vector<Bzip2Stream> streams, read_params(params));
    return std::unique_ptr<Encoder>(
        std::make_unique<Bzip2Encoder>(std::move(streams), packed, limits.output));
  }

  Result<Cost> encode_cost(Bytes params, std::uint64_t plain) const override {
    TRY_ASSIGN(const std::vector<Bzip2Stream> streams, read_params(params));
    std::uint64_t level = 1;
    for (const Bzip2Stream& stream : streams) {
      level = std::max<std::uint64_t>(level, stream.level);
    }
    return Cost{400000 + 800000 * level + streams.size() * sizeof(Bzip2Stream), plain * 120};
  }
};

}  // namespace

void write_bzip2_params(std::span<const Bzip2Stream> streams, ByteWriter& out) {
  out.bytes(version());
  write_varint(streams.size(), out);
  for (const Bzip2Stream& stream : streams) {
    write_varint(stream.plain, out);
    out.u8(stream.level);
  }
}

Result<Decoded> decode_bzip2(const Source& packed, Sink& plain, const Limits& limits,
                             std::vector<Bzip2Stream>* streams) {
  Decoded decoded;
  TRY_ASSIGN(auto level, level_at(packed, 0));
  if (!level) {
    return Error(Code::corrupt, "no bzip2 stream").at(0);
  }
  while (level) {
    Limits rest = limits;
    rest.output -= decoded.plain;
    TRY_ASSIGN(const Decoded part, decode_stream(packed, decoded.packed, *level, plain, rest));
    decoded.packed += part.packed;
    decoded.plain += part.plain;
    if (streams != nullptr) {
      streams->push_back({part.plain, *level});
    }
    TRY_ASSIGN(const auto next, level_at(packed, decoded.packed));
    level = next;
  }
  return decoded;
}

const Codec& bzip2_codec() {
  static const Bzip2Codec codec;
  return codec;
}

}  // namespace kerf
