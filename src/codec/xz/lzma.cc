#include <lzma.h>

#include <algorithm>
#include <string>

#include "codec/limited_sink.h"
#include "codec/xz/encode.h"
#include "codec/xz/filters.h"

namespace kerf {
namespace {

constexpr std::size_t kBuffer = std::size_t{64} << 10;
constexpr std::size_t kHead = 13;  // contexts, dictionary (4), plain size (8)

Result<LzmaParams> read_lzma_params(Bytes bytes) {
  ByteReader in(bytes);
  const std::uint8_t form = in.u8();
  TRY(check_xz_version(in));
  LzmaParams params;
  params.effort = in.u8();
  const Bytes header = in.take(kHead);
  TRY(in.status());
  if (form > 1 || in.remaining() > 0) {
    return Error(Code::corrupt, "lzma params of an unknown form").at(0);
  }
  params.end_marker = form == 1;
  std::copy(header.begin(), header.end(), params.header.begin());
  if (!params.end_marker && load_le64(&params.header[5]) == UINT64_MAX) {
    return Error(Code::corrupt, "lzma params: neither a size nor an end").at(4);
  }
  return params;
}

Result<lzma_options_lzma> options_of(const LzmaParams& params) {
  TRY_ASSIGN(lzma_options_lzma options,
             lzma_options_of(params.effort, load_le32(&params.header[1]), params.header[0]));
  const std::uint64_t size = load_le64(&params.header[5]);
  options.ext_flags = params.end_marker ? LZMA_LZMA1EXT_ALLOW_EOPM : 0;
  // The encoder writes the marker if and only if it is told of no size.
  options.ext_size_low = params.end_marker ? UINT32_MAX : static_cast<std::uint32_t>(size);
  options.ext_size_high = params.end_marker ? UINT32_MAX : static_cast<std::uint32_t>(size >> 32);
  return options;
}

std::uint64_t memory_of(lzma_options_lzma& options) {
  const std::array<lzma_filter, 2> chain{
      {{LZMA_FILTER_LZMA1EXT, &options}, {LZMA_VLI_UNKNOWN, nullptr}}};
  return lzma_raw_encoder_memusage(chain.data());
}

class LzmaEncoder final : public Encoder {
 public:
  LzmaEncoder(const LzmaParams& params, Sink& packed, std::uint64_t most)
      : params_(params), packed_(packed, most), size_(load_le64(&params.header[5])) {}
  Status start() {
    TRY_ASSIGN(options_, options_of(params_));
    const std::array<lzma_filter, 2> chain{
        {{LZMA_FILTER_LZMA1EXT, &options_}, {LZMA_VLI_UNKNOWN, nullptr}}};
    if (const lzma_ret code = lzma_raw_encoder(&run_.stream, chain.data()); code != LZMA_OK) {
      return Error(code == LZMA_MEM_ERROR ? Code::limit : Code::unsupported,
                   "liblzma cannot encode with these lzma params");
    }
    return packed_.write(params_.header);
  }
  Status write(Bytes plain) override {
    fed_ += plain.size();
    if (size_ != UINT64_MAX && fed_ > size_) {
      return Error(Code::mismatch, "more plain bytes than the lzma header of the params states");
    }
    return run_.feed(plain, LZMA_RUN, packed_);
  }
  Status finish() override {
    if (size_ != UINT64_MAX && fed_ != size_) {
      return Error(Code::mismatch, "fewer plain bytes than the lzma header of the params states");
    }
    return run_.feed({}, LZMA_FINISH, packed_);
  }

 private:
  LzmaParams params_;
  LimitedSink packed_;
  std::uint64_t size_;
  std::uint64_t fed_ = 0;
  lzma_options_lzma options_{};
  LzmaRun run_;
};

class LzmaCodec final : public Codec {
 public:
  CodecId id() const override { return CodecId::lzma; }
  std::string_view name() const override { return "lzma"; }

  Result<Decoded> decode(const Source& packed, Sink& plain, const Limits& limits) const override {
    LzmaRun run;
    if (lzma_alone_decoder(&run.stream, limits.memory) != LZMA_OK) {
      return Error(Code::limit, "no memory left to unpack lzma");
    }
    BufferedReader reader(packed, kBuffer);
    std::vector<std::uint8_t> buffer(kBuffer);
    Decoded decoded;
    for (;;) {
      bool end_of_source = false;
      if (run.stream.avail_in == 0) {
        TRY_ASSIGN(const Bytes in, reader.read_some(kBuffer));
        run.stream.next_in = in.data();
        run.stream.avail_in = in.size();
        end_of_source = in.empty();
      }
      run.stream.next_out = buffer.data();
      run.stream.avail_out = buffer.size();
      const lzma_ret code = lzma_code(&run.stream, end_of_source ? LZMA_FINISH : LZMA_RUN);
      const std::uint64_t position = reader.position() - run.stream.avail_in;
      const std::size_t produced = buffer.size() - run.stream.avail_out;
      if (code == LZMA_MEMLIMIT_ERROR) {
        return Error(Code::limit, "unpacking takes " + std::to_string(lzma_memusage(&run.stream)) +
                                      " bytes of memory, " + std::to_string(limits.memory) +
                                      " are allowed");
      }
      if (produced > limits.output - decoded.plain) {
        return Error(Code::limit,
                     "lzma file unpacks to more than " + std::to_string(limits.output) + " bytes");
      }
      TRY(plain.write(Bytes(buffer).first(produced)));
      decoded.plain += produced;
      if (code == LZMA_STREAM_END) {
        decoded.packed = position;
        return decoded;
      }
      if (code == LZMA_BUF_ERROR || (end_of_source && produced == 0)) {
        return Error(Code::truncated, "lzma file without an end").at(position);
      }
      if (code != LZMA_OK) {
        return Error(Code::corrupt, "damaged lzma file").at(position);
      }
    }
  }

  Result<std::unique_ptr<Encoder>> encoder(Bytes bytes, Sink& packed,
                                           const Limits& limits) const override {
    TRY(check_memory(bytes, limits));
    TRY_ASSIGN(const LzmaParams params, read_lzma_params(bytes));
    auto encoder = std::make_unique<LzmaEncoder>(params, packed, limits.output);
    TRY(encoder->start());
    return std::unique_ptr<Encoder>(std::move(encoder));
  }

  Result<Cost> encode_cost(Bytes bytes, std::uint64_t plain) const override {
    TRY_ASSIGN(const LzmaParams params, read_lzma_params(bytes));
    TRY_ASSIGN(lzma_options_lzma options, options_of(params));
    const std::uint64_t memory = memory_of(options);
    if (memory == UINT64_MAX) {
      return Error(Code::unsupported, "liblzma cannot encode with these lzma params").at(4);
    }
    return Cost{memory + kBuffer, plain * 1100};
  }
};

}  // namespace

void write_lzma_params(const LzmaParams& params, ByteWriter& out) {
  out.u8(params.end_marker ? 1 : 0);
  out.bytes(xz_version());
  out.u8(params.effort);
  out.bytes(params.header);
}

const Codec& lzma_codec() {
  static const LzmaCodec codec;
  return codec;
}

}  // namespace kerf
