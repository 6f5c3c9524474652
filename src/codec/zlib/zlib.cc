#include "codec/zlib/zlib.h"

#include <zlib.h>

#include <array>

#include "codec/deflate/deflate.h"

namespace kerf {
namespace {

constexpr std::size_t kHead = 2;
constexpr std::size_t kTrailer = 4;

std::array<std::uint8_t, kTrailer> trailer_of(std::uint32_t sum) {
  return {static_cast<std::uint8_t>(sum >> 24), static_cast<std::uint8_t>(sum >> 16),
          static_cast<std::uint8_t>(sum >> 8), static_cast<std::uint8_t>(sum)};
}

// Passes plain bytes on and sums them up.
class AdlerSink final : public Sink {
 public:
  explicit AdlerSink(Sink& next) : next_(next) {}
  Status write(Bytes bytes) override {
    sum_ = adler32_z(sum_, bytes.data(), bytes.size());
    return next_.write(bytes);
  }
  std::uint32_t sum() const { return static_cast<std::uint32_t>(sum_); }

 private:
  Sink& next_;
  unsigned long sum_ = 1;
};

class ZlibEncoder final : public Encoder {
 public:
  ZlibEncoder(std::unique_ptr<Encoder> inner, Sink& packed)
      : inner_(std::move(inner)), packed_(packed), summing_(*inner_) {}
  Status write(Bytes plain) override { return summing_.write(plain); }
  Status finish() override {
    TRY(inner_->finish());
    return packed_.write(trailer_of(summing_.sum()));
  }

 private:
  std::unique_ptr<Encoder> inner_;
  Sink& packed_;
  AdlerSink summing_;
};

class ZlibCodec final : public Codec {
 public:
  CodecId id() const override { return CodecId::zlib; }
  std::string_view name() const override { return "zlib"; }

  Result<Decoded> decode(const Source& packed, Sink& plain, const Limits& limits) const override {
    std::array<std::uint8_t, kHead> head{};
    TRY(packed.read_at(0, head));
    TRY_ASSIGN([[maybe_unused]] const unsigned bits, zlib_window_bits(head[0], head[1]));
    AdlerSink summing(plain);
    TRY_ASSIGN(Decoded decoded, inflate(packed, kHead, summing, limits));
    std::array<std::uint8_t, kTrailer> trailer{};
    TRY(packed.read_at(kHead + decoded.packed, trailer));
    if (trailer != trailer_of(summing.sum())) {
      return Error(Code::corrupt, "zlib stream with a wrong checksum").at(kHead + decoded.packed);
    }
    decoded.packed += kHead + kTrailer;
    return decoded;
  }

  Result<std::unique_ptr<Encoder>> encoder(Bytes params, Sink& packed,
                                           const Limits& limits) const override {
    TRY_ASSIGN(const Bytes inside, inside_of(params));
    TRY_ASSIGN(std::unique_ptr<Encoder> inner, deflate_codec().encoder(inside, packed, limits));
    TRY(packed.write(params.first(kHead)));
    return std::unique_ptr<Encoder>(std::make_unique<ZlibEncoder>(std::move(inner), packed));
  }

  Result<Cost> encode_cost(Bytes params, std::uint64_t plain) const override {
    TRY_ASSIGN(const Bytes inside, inside_of(params));
    TRY_ASSIGN(Cost cost, deflate_codec().encode_cost(inside, plain));
    cost.memory += sizeof(ZlibEncoder);
    return cost;
  }

 private:
  static Result<Bytes> inside_of(Bytes params) {
    if (params.size() < kHead) {
      return Error(Code::truncated, "zlib params without a header").at(params.size());
    }
    TRY_ASSIGN([[maybe_unused]] const unsigned bits, zlib_window_bits(params[0], params[1]));
    return params.subspan(kHead);
  }
};

}  // namespace

Result<unsigned> zlib_window_bits(std::uint8_t cmf, std::uint8_t flags) {
  if ((cmf & 15) != 8 || cmf >> 4 > 7 || (cmf << 8 | flags) % 31 != 0) {
    return Error(Code::corrupt, "no zlib header").at(0);
  }
  if ((flags & 32) != 0) {
    return Error(Code::unsupported, "zlib stream with a preset dictionary").at(1);
  }
  return 8U + (cmf >> 4);
}

const Codec& zlib_codec() {
  static const ZlibCodec codec;
  return codec;
}

}  // namespace kerf
