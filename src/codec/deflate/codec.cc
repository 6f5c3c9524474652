#include <array>
#include <string>

#include "codec/deflate/correct.h"
#include "codec/deflate/deflate.h"
#include "codec/deflate/encode.h"
#include "codec/deflate/stored.h"
#include "codec/limited_sink.h"

namespace kerf {
namespace {

// A family's encoder behind the common interface.
class FamilyEncoder final : public Encoder {
 public:
  FamilyEncoder(const DeflateParams& params, Sink& packed, std::uint64_t most)
      : limited_(packed, most), encoder_(params, limited_) {}
  Status write(Bytes plain) override { return encoder_.write(plain); }
  Status finish() override { return encoder_.finish(); }

 private:
  LimitedSink limited_;
  DeflateEncoder encoder_;
};

// Any other encoder, below the ceiling.
class LimitedEncoder final : public Encoder {
 public:
  LimitedEncoder(Sink& packed, std::uint64_t most) : limited_(packed, most) {}
  Sink& sink() { return limited_; }
  void set(std::unique_ptr<Encoder> encoder) { encoder_ = std::move(encoder); }
  Status write(Bytes plain) override { return encoder_->write(plain); }
  Status finish() override { return encoder_->finish(); }

 private:
  LimitedSink limited_;
  std::unique_ptr<Encoder> encoder_;
};

Status no_more(const ByteReader& in) {
  if (in.remaining() > 0) {
    return Error(Code::corrupt, "deflate params with bytes left over").at(in.offset());
  }
  return {};
}

// Nanoseconds a plain byte, by level: measured on text and machine code, rounded up.
std::uint64_t time_per_byte(const DeflateParams& params) {
  static constexpr std::array<std::uint16_t, 10> kTimes{0, 25, 25, 35, 40, 60, 90, 110, 200, 250};
  return params.strategy == DeflateStrategy::huffman_only || params.strategy == DeflateStrategy::rle
             ? 20
             : kTimes[params.level];
}

class DeflateCodec final : public Codec {
 public:
  CodecId id() const override { return CodecId::deflate; }
  std::string_view name() const override { return "deflate"; }

  Result<Decoded> decode(const Source& packed, Sink& plain, const Limits& limits) const override {
    return inflate(packed, 0, plain, limits);
  }

  Result<std::unique_ptr<Encoder>> encoder(Bytes params, Sink& packed,
                                           const Limits& limits) const override {
    TRY(check_memory(params, limits));
    ByteReader in(params);
    if (params[0] == stored_form || params[0] == corrected_form) {
      auto limited = std::make_unique<LimitedEncoder>(packed, limits.output);
      if (params[0] == stored_form) {
        TRY_ASSIGN(std::vector<StoredRun> runs, read_stored_params(in));
        limited->set(stored_encoder(std::move(runs), limited->sink()));
      } else {
        TRY_ASSIGN(CorrectedParams corrected, read_corrected_params(params));
        limited->set(corrected_encoder(std::move(corrected), limited->sink()));
      }
      return std::unique_ptr<Encoder>(std::move(limited));
    }
    TRY_ASSIGN(const DeflateParams family, read_deflate_params(in));
    return std::unique_ptr<Encoder>(std::make_unique<FamilyEncoder>(family, packed, limits.output));
  }

  Result<Cost> encode_cost(Bytes params, std::uint64_t plain) const override {
    ByteReader in(params);
    if (!params.empty() && params[0] == stored_form) {
      TRY_ASSIGN(const std::vector<StoredRun> runs, read_stored_params(in));
      TRY(no_more(in));
      return Cost{sizeof(LimitedEncoder) + 2 * runs.size() * sizeof(StoredRun), plain};
    }
    if (!params.empty() && params[0] == corrected_form) {
      TRY_ASSIGN(const CorrectedParams corrected, read_corrected_params(params));
      return Cost{corrected_memory(corrected) + sizeof(LimitedEncoder),
                  plain * (time_per_byte(corrected.family) + 30)};
    }
    TRY_ASSIGN(const DeflateParams family, read_deflate_params(in));
    TRY(no_more(in));
    return Cost{DeflateEncoder::memory(family) + sizeof(FamilyEncoder),
                plain * time_per_byte(family)};
  }
};

}  // namespace

const Codec& deflate_codec() {
  static const DeflateCodec codec;
  return codec;
}

}  // namespace kerf
