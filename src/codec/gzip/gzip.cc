#include "codec/gzip/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "base/varint.h"
#include "codec/deflate/deflate.h"

namespace kerf {
namespace {

constexpr std::size_t kFixedHeader = 10;
constexpr std::size_t kTrailer = 8;
constexpr std::size_t kMostHeader = (std::size_t{64} << 10) + 16;

// Passes plain bytes on, sums them up and counts them.
class CrcSink final : public Sink {
 public:
  explicit CrcSink(Sink* next) : next_(next) {}
  Status write(Bytes bytes) override {
    crc_ = crc32_z(crc_, bytes.data(), bytes.size());
    size_ += bytes.size();
    return next_->write(bytes);
  }
  // CRC-32 and size modulo 2^32, as they end a member.
  std::array<std::uint8_t, kTrailer> trailer() const {
    std::array<std::uint8_t, kTrailer> bytes{};
    store_le32(bytes.data(), static_cast<std::uint32_t>(crc_));
    store_le32(bytes.data() + 4, static_cast<std::uint32_t>(size_));
    return bytes;
  }
  std::uint64_t size() const { return size_; }

 private:
  Sink* next_;
  unsigned long crc_ = 0;
  std::uint64_t size_ = 0;
};

Result<bool> has_member(const Source& packed, std::uint64_t offset) {
  std::array<std::uint8_t, 3> magic{};
  if (packed.size() - offset < kFixedHeader) {
    return false;
  }
  TRY(packed.read_at(offset, magic));
  return magic == std::array<std::uint8_t, 3>{0x1F, 0x8B, 8};
}

// Length of the header at the front of `head`; 0 if it does not end there.
std::size_t header_length(Bytes head) {
  const std::uint8_t flags = head[3];
  std::size_t at = kFixedHeader;
  if ((flags & 4) != 0) {  // extra field
    if (head.size() < at + 2) {
      return 0;
    }
    at += 2U + load_le16(&head[at]);
  }
  for (const unsigned flag : {8U, 16U}) {  // name, comment
    if ((flags & flag) != 0) {
      while (at < head.size() && head[at] != 0) {
        ++at;
      }
      ++at;
    }
  }
  if ((flags & 2) != 0) {  // checksum of the header
    at += 2;
  }
  return at <= head.size() ? at : 0;
}

struct Member {
  std::uint64_t plain;
  Bytes header;
  Bytes deflate;
};

// Borrows from `params`.
Result<std::vector<Member>> read_members(Bytes params) {
  ByteReader in(params);
  TRY_ASSIGN(const std::uint64_t count, read_varint(in));
  if (count < 1 || count > params.size()) {
    return Error(Code::corrupt, "gzip params of an impossible number of members").at(0);
  }
  std::vector<Member> members;
  members.reserve(static_cast<std::size_t>(count));
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t at = in.offset();
    TRY_ASSIGN(const std::uint64_t plain, read_varint(in));
    Member member{plain, {}, {}};
    for (Bytes* part : {&member.header, &member.deflate}) {
      TRY_ASSIGN(const std::uint64_t length, read_varint(in));
      if (length > in.remaining() || (length == 0 && members.empty())) {
        return Error(Code::corrupt, "gzip params: a part of impossible length").at(in.offset());
      }
      *part = in.take(static_cast<std::size_t>(length));
    }
    if (member.header.empty()) {
      member.header = members.back().header;
    }
    if (member.deflate.empty()) {
      member.deflate = members.back().deflate;
    }
    if (member.header.size() < kFixedHeader ||
        header_length(member.header) != member.header.size()) {
      return Error(Code::corrupt, "gzip params: this is no header").at(at);
    }
    members.push_back(member);
  }
  if (in.remaining() > 0) {
    return Error(Code::corrupt, "gzip params with bytes left over").at(in.offset());
  }
  return members;
}

class GzipEncoder final : public Encoder {
 public:
  GzipEncoder(Bytes params, Sink& packed, const Limits& limits)
      : params_(params.begin(), params.end()), packed_(packed), limits_(limits), crc_(nullptr) {}

  Status start() {
    TRY_ASSIGN(members_, read_members(params_));
    return {};
  }

  Status write(Bytes plain) override {
    while (!plain.empty()) {
      TRY(open());
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(left_, plain.size()));
      TRY(crc_.write(plain.first(part)));
      plain = plain.subspan(part);
      left_ -= part;
    }
    return {};
  }

  Status finish() override {
    TRY(close());
    while (next_ < members_.size()) {  // empty ones at the end
      TRY(begin());
      TRY(close());
    }
    return {};
  }

 private:
  // A member that takes another byte.
  Status open() {
    while (inner_ == nullptr || left_ == 0) {
      TRY(close());
      if (next_ == members_.size()) {
        return Error(Code::mismatch, "more plain bytes than the gzip members of the params hold");
      }
      TRY(begin());
    }
    return {};
  }
  Status begin() {
    const Member& member = members_[next_++];
    TRY(packed_.write(member.header));
    TRY_ASSIGN(inner_, deflate_codec().encoder(member.deflate, packed_, limits_));
    crc_ = CrcSink(inner_.get());
    left_ = member.plain;
    return {};
  }
  Status close() {
    if (inner_ == nullptr) {
      return {};
    }
    if (left_ != 0) {
      return Error(Code::mismatch, "fewer plain bytes than the gzip members of the params hold");
    }
    TRY(inner_->finish());
    inner_.reset();
    return packed_.write(crc_.trailer());
  }

  std::vector<std::uint8_t> params_;
  Sink& packed_;
  Limits limits_;
  std::vector<Member> members_;  // borrow from params_
  std::size_t next_ = 0;
  std::unique_ptr<Encoder> inner_;
  CrcSink crc_;
  std::uint64_t left_ = 0;  // plain bytes that the present member still wants
};

class GzipCodec final : public Codec {
 public:
  CodecId id() const override { return CodecId::gzip; }
  std::string_view name() const override { return "gzip"; }

  Result<Decoded> decode(const Source& packed, Sink& plain, const Limits& limits) const override {
    return decode_gzip(packed, plain, limits, nullptr);
  }

  Result<std::unique_ptr<Encoder>> encoder(Bytes params, Sink& packed,
                                           const Limits& limits) const override {
    TRY(check_memory(params, limits));
    auto encoder = std::make_unique<GzipEncoder>(params, packed, limits);
    TRY(encoder->start());
    return std::unique_ptr<Encoder>(std::move(encoder));
  }

  Result<Cost> encode_cost(Bytes params, std::uint64_t plain) const override {
    TRY_ASSIGN(const std::vector<Member> members, read_members(params));
    Cost cost;
    for (const Member& member : members) {
      TRY_ASSIGN(const Cost inner, deflate_codec().encode_cost(member.deflate, member.plain));
      cost.memory = std::max(cost.memory, inner.memory);
      cost.time += inner.time;
    }
    // What the members say of their size may be anything; `plain` is what the caller knows.
    TRY_ASSIGN(const Cost first, deflate_codec().encode_cost(members[0].deflate, plain));
    cost.time = members.size() == 1 ? first.time : std::min(cost.time, 250 * plain);
    cost.memory += sizeof(GzipEncoder) + params.size() + members.size() * sizeof(Member);
    return cost;
  }
};

}  // namespace

Result<std::vector<std::uint8_t>> read_gzip_header(const Source& packed, std::uint64_t offset) {
  TRY_ASSIGN(const bool found, has_member(packed, offset));
  if (!found) {
    return Error(Code::corrupt, "no gzip header").at(offset);
  }
  std::vector<std::uint8_t> head(
      static_cast<std::size_t>(std::min<std::uint64_t>(packed.size() - offset, 512)));
  TRY(packed.read_at(offset, head));
  std::size_t length = header_length(head);
  if (length == 0) {
    head.resize(
        static_cast<std::size_t>(std::min<std::uint64_t>(packed.size() - offset, kMostHeader)));
    TRY(packed.read_at(offset, head));
    length = header_length(head);
  }
  if ((head[3] & 0xE0) != 0) {
    return Error(Code::unsupported, "gzip header with reserved flags").at(offset + 3);
  }
  if (length == 0) {
    return Error(packed.size() - offset < kMostHeader ? Code::truncated : Code::corrupt,
                 "gzip header without an end")
        .at(offset);
  }
  head.resize(length);
  return head;
}

Result<Decoded> decode_gzip(const Source& packed, Sink& plain, const Limits& limits,
                            std::vector<GzipMember>* members) {
  Decoded decoded;
  for (bool another = true; another;) {
    const std::uint64_t start = decoded.packed;
    TRY_ASSIGN(std::vector<std::uint8_t> header, read_gzip_header(packed, start));
    CrcSink crc(&plain);
    Limits rest = limits;
    rest.output -= decoded.plain;
    TRY_ASSIGN(const Decoded inner, inflate(packed, start + header.size(), crc, rest));
    const std::uint64_t end = start + header.size() + inner.packed;
    std::array<std::uint8_t, kTrailer> trailer{};
    TRY(packed.read_at(end, trailer));
    if (trailer != crc.trailer()) {
      return Error(Code::corrupt, "gzip member with a wrong checksum or size").at(end);
    }
    decoded.packed = end + kTrailer;
    decoded.plain += inner.plain;
    if (members != nullptr) {
      members->push_back({inner.plain, inner.packed, std::move(header), {}});
    }
    TRY_ASSIGN(another, has_member(packed, decoded.packed));
  }
  return decoded;
}

void write_gzip_params(std::span<const GzipMember> members, ByteWriter& out) {
  const auto part = [&](const std::vector<std::uint8_t>& bytes, bool same) {
    write_varint(same ? 0 : bytes.size(), out);
    if (!same) {
      out.bytes(bytes);
    }
  };
  write_varint(members.size(), out);
  for (std::size_t i = 0; i < members.size(); ++i) {
    write_varint(members[i].plain, out);
    part(members[i].header, i > 0 && members[i].header == members[i - 1].header);
    part(members[i].deflate, i > 0 && members[i].deflate == members[i - 1].deflate);
  }
}

Result<std::vector<std::vector<std::uint8_t>>> gzip_deflate_params(Bytes params) {
  TRY_ASSIGN(const std::vector<Member> members, read_members(params));
  std::vector<std::vector<std::uint8_t>> list;
  for (const Member& member : members) {
    std::vector<std::uint8_t> bytes(member.deflate.begin(), member.deflate.end());
    if (std::find(list.begin(), list.end(), bytes) == list.end()) {
      list.push_back(std::move(bytes));
    }
  }
  return list;
}

const Codec& gzip_codec() {
  static const GzipCodec codec;
  return codec;
}

}  // namespace kerf
