#include "codec/xz/encode.h"

#include <lzma.h>

#include <algorithm>
#include <string>

#include "base/hash.h"
#include "codec/limited_sink.h"
#include "codec/xz/filters.h"
#include "codec/xz/xz.h"

namespace kerf {
namespace {

constexpr std::size_t kBuffer = std::size_t{64} << 10;

// One block's filters at work.
class BlockEncoder final : public Encoder {
 public:
  explicit BlockEncoder(Sink& packed) : packed_(packed) {}
  Status start(const XzParams& params) {
    TRY(filters_.set(params));
    if (const lzma_ret code = lzma_raw_encoder(&run_.stream, filters_.chain()); code != LZMA_OK) {
      return Error(code == LZMA_MEM_ERROR ? Code::limit : Code::unsupported,
                   "liblzma cannot encode with these xz params");
    }
    return {};
  }
  Status write(Bytes plain) override { return run_.feed(plain, LZMA_RUN, packed_); }
  Status finish() override { return run_.feed({}, LZMA_FINISH, packed_); }

 private:
  Sink& packed_;
  XzFilters filters_;
  LzmaRun run_;
};

// The integrity check behind a block.
class Check {
 public:
  explicit Check(std::uint8_t id) : id_(id) {}
  void update(Bytes plain) {
    if (id_ == LZMA_CHECK_CRC32) {
      crc32_ = lzma_crc32(plain.data(), plain.size(), crc32_);
    } else if (id_ == LZMA_CHECK_CRC64) {
      crc64_ = lzma_crc64(plain.data(), plain.size(), crc64_);
    } else if (id_ == LZMA_CHECK_SHA256) {
      sha256_.update(plain);
    }
  }
  Status write(Sink& out) {
    std::array<std::uint8_t, 8> number{};
    if (id_ == LZMA_CHECK_SHA256) {
      return out.write(sha256_.finish());
    }
    store_le64(number.data(), id_ == LZMA_CHECK_CRC32 ? crc32_ : crc64_);
    return out.write(Bytes(number).first(lzma_check_size(static_cast<lzma_check>(id_))));
  }

 private:
  std::uint8_t id_;
  std::uint32_t crc32_ = 0;
  std::uint64_t crc64_ = 0;
  Sha256Hasher sha256_;
};

// Puts a stream together: header, blocks, index, footer. liblzma's own stream encoders have one
// container shape each, and state the sizes that we know beforehand only after the fact.
class XzEncoder final : public Encoder {
 public:
  XzEncoder(XzParams params, Sink& packed, std::uint64_t most)
      : params_(std::move(params)), packed_(packed, most), check_(params_.check) {}
  ~XzEncoder() override { lzma_index_end(index_, nullptr); }
  XzEncoder(const XzEncoder&) = delete;
  XzEncoder& operator=(const XzEncoder&) = delete;

  Status start() {
    TRY(filters_.set(params_));
    index_ = lzma_index_init(nullptr);
    if (index_ == nullptr) {
      return Error(Code::limit, "no memory left for an xz index");
    }
    return {};
  }

  Status write(Bytes plain) override {
    while (!plain.empty()) {
      if (block_ == nullptr || left_ == 0) {
        TRY(end_block());
        if (next_ == params_.blocks.size()) {
          return Error(Code::mismatch, "more plain bytes than the xz blocks of the params hold");
        }
        TRY(begin_block());
        continue;
      }
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(left_, plain.size()));
      check_.update(plain.first(part));
      TRY(block_->write(plain.first(part)));
      plain = plain.subspan(part);
      left_ -= part;
    }
    return {};
  }

  Status finish() override {
    TRY(begin_stream());
    TRY(end_block());
    while (next_ < params_.blocks.size()) {
      TRY(begin_block());
      TRY(end_block());
    }
    const auto size = static_cast<std::size_t>(lzma_index_size(index_));
    std::vector<std::uint8_t> bytes(size);
    std::size_t at = 0;
    if (lzma_index_buffer_encode(index_, bytes.data(), &at, size) != LZMA_OK) {
      return Error(Code::bug, "liblzma refused to write an index");
    }
    TRY(packed_.write(bytes));
    std::array<std::uint8_t, LZMA_STREAM_HEADER_SIZE> footer{};
    flags_.backward_size = size;
    if (lzma_stream_footer_encode(&flags_, footer.data()) != LZMA_OK) {
      return Error(Code::bug, "liblzma refused to write a footer");
    }
    return packed_.write(footer);
  }

 private:
  Status begin_stream() {
    if (begun_) {
      return {};
    }
    begun_ = true;
    flags_.check = static_cast<lzma_check>(params_.check);
    std::array<std::uint8_t, LZMA_STREAM_HEADER_SIZE> header{};
    if (lzma_stream_header_encode(&flags_, header.data()) != LZMA_OK) {
      return Error(Code::bug, "liblzma refused to write a stream header");
    }
    return packed_.write(header);
  }

  Status begin_block() {
    TRY(begin_stream());
    const XzBlock& sizes = params_.blocks[next_++];
    lzma_block block{};
    block.check = static_cast<lzma_check>(params_.check);
    block.filters = filters_.chain();
    block.compressed_size = params_.sizes_in_headers ? sizes.packed : LZMA_VLI_UNKNOWN;
    block.uncompressed_size = params_.sizes_in_headers ? sizes.plain : LZMA_VLI_UNKNOWN;
    // Encoders that fill in the sizes afterwards leave more room than is needed in the end.
    const std::uint32_t header_size = (params_.header_size + 1U) * 4;
    if (lzma_block_header_size(&block) != LZMA_OK || block.header_size > header_size) {
      return Error(Code::mismatch, "an xz block header does not fit into the size of the params");
    }
    block.header_size = header_size;
    std::vector<std::uint8_t> header(block.header_size);
    if (lzma_block_header_encode(&block, header.data()) != LZMA_OK) {
      return Error(Code::corrupt, "these xz params make no block header");
    }
    TRY(packed_.write(header));
    header_size_ = block.header_size;
    left_ = sizes.plain;
    check_ = Check(params_.check);
    counter_.emplace(&packed_);
    TRY_ASSIGN(block_, xz_block_encoder(params_, *counter_));
    return {};
  }

  Status end_block() {
    if (block_ == nullptr) {
      return {};
    }
    if (left_ != 0) {
      return Error(Code::mismatch, "fewer plain bytes than the xz blocks of the params hold");
    }
    TRY(block_->finish());
    block_.reset();
    const XzBlock& sizes = params_.blocks[next_ - 1];
    if (counter_->size() != sizes.packed) {
      return Error(Code::mismatch, "an xz block came out with " + std::to_string(counter_->size()) +
                                       " bytes instead of " + std::to_string(sizes.packed));
    }
    static constexpr std::array<std::uint8_t, 3> kPadding{};
    TRY(packed_.write(Bytes(kPadding).first((4 - sizes.packed % 4) % 4)));
    TRY(check_.write(packed_));
    const std::uint64_t unpadded =
        header_size_ + sizes.packed + lzma_check_size(static_cast<lzma_check>(params_.check));
    if (lzma_index_append(index_, nullptr, unpadded, sizes.plain) != LZMA_OK) {
      return Error(Code::corrupt, "the xz blocks of the params do not fit into one stream");
    }
    return {};
  }

  XzParams params_;
  LimitedSink packed_;
  XzFilters filters_;
  lzma_stream_flags flags_{};
  lzma_index* index_ = nullptr;
  bool begun_ = false;
  std::size_t next_ = 0;
  std::unique_ptr<Encoder> block_;
  std::optional<CountingSink> counter_;
  std::uint64_t left_ = 0;  // plain bytes that the block still wants
  std::uint32_t header_size_ = 0;
  Check check_;
};

class XzCodec final : public Codec {
 public:
  CodecId id() const override { return CodecId::xz; }
  std::string_view name() const override { return "xz"; }

  Result<Decoded> decode(const Source& packed, Sink& plain, const Limits& limits) const override {
    XzDecoder decoder(limits.memory);
    BufferedReader reader(packed, kBuffer);
    std::vector<std::uint8_t> buffer(kBuffer);
    Decoded decoded;
    Bytes in;
    while (!decoder.ended()) {
      if (in.empty()) {
        TRY_ASSIGN(in, reader.read_some(kBuffer));
        if (in.empty()) {
          return Error(Code::truncated, "xz stream without an end").at(reader.position());
        }
      }
      MutBytes out = buffer;
      if (Status status = decoder.decode(in, out); !status) {
        return std::move(status).error().at(reader.position() - in.size());
      }
      const std::size_t produced = buffer.size() - out.size();
      if (produced > limits.output - decoded.plain) {
        return Error(Code::limit,
                     "xz stream unpacks to more than " + std::to_string(limits.output) + " bytes");
      }
      TRY(plain.write(Bytes(buffer).first(produced)));
      decoded.plain += produced;
    }
    decoded.packed = reader.position() - in.size();
    return decoded;
  }

  Result<std::unique_ptr<Encoder>> encoder(Bytes bytes, Sink& packed,
                                           const Limits& limits) const override {
    TRY(check_memory(bytes, limits));
    TRY_ASSIGN(XzParams params, read_xz_params(bytes));
    auto encoder = std::make_unique<XzEncoder>(std::move(params), packed, limits.output);
    TRY(encoder->start());
    return std::unique_ptr<Encoder>(std::move(encoder));
  }

  Result<Cost> encode_cost(Bytes bytes, std::uint64_t plain) const override {
    TRY_ASSIGN(const XzParams params, read_xz_params(bytes));
    TRY_ASSIGN(const std::uint64_t memory, xz_encode_memory(params));
    return Cost{memory + kBuffer + params.blocks.size() * 64,
                plain * ((params.effort & 15) < 4 && params.effort < 16 ? 400 : 1100)};
  }
};

}  // namespace

Result<std::unique_ptr<Encoder>> xz_block_encoder(const XzParams& params, Sink& packed) {
  auto encoder = std::make_unique<BlockEncoder>(packed);
  TRY(encoder->start(params));
  return std::unique_ptr<Encoder>(std::move(encoder));
}

Result<std::uint64_t> xz_encode_memory(const XzParams& params) {
  XzFilters filters;
  TRY(filters.set(params));
  const std::uint64_t memory = lzma_raw_encoder_memusage(filters.chain());
  if (memory == UINT64_MAX) {
    return Error(Code::unsupported, "liblzma cannot encode with these xz params");
  }
  return memory;
}

const Codec& xz_codec() {
  static const XzCodec codec;
  return codec;
}

}  // namespace kerf
