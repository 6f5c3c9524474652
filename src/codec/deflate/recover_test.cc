#include "codec/recover.h"

#include <gtest/gtest.h>

#include <array>

#include "codec/deflate/encode.h"
#include "codec/deflate/parse.h"
#include "codec/deflate/test_streams.h"

namespace kerf {
namespace {

constexpr Limits kLimits{std::uint64_t{1} << 30, std::uint64_t{1} << 24, 1};

std::vector<std::uint8_t> again(CodecId id, Bytes params, Bytes plain) {
  MemorySink out(std::uint64_t{1} << 30);
  auto encoder = find_codec(id)->encoder(params, out, kLimits);
  EXPECT_TRUE(encoder) << encoder.error().text();
  if (encoder) {
    EXPECT_TRUE((*encoder)->write(plain));
    EXPECT_TRUE((*encoder)->finish());
  }
  return std::move(out).take();
}

std::vector<std::uint8_t> encode(Bytes plain, const DeflateParams& params) {
  MemorySink out(std::uint64_t{1} << 30);
  DeflateEncoder encoder(params, out);
  EXPECT_TRUE(encoder.write(plain));
  EXPECT_TRUE(encoder.finish());
  return std::move(out).take();
}

Recovery recovered(CodecId id, Bytes packed, Bytes plain, const RecoverOptions& options = {}) {
  auto recovery = recover(id, MemorySource(packed), MemorySource(plain), options);
  EXPECT_TRUE(recovery) << recovery.error().text();
  return recovery ? *std::move(recovery) : Recovery{};
}

TEST(RecoverDeflate, FindsWhateverMadeIt) {
  for (const int kind : {1, 3}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{100}, std::size_t{120000}}) {
      const std::vector<std::uint8_t> plain = plain_of_kind(kind, size);
      for (std::uint8_t level = 1; level <= 9; ++level) {
        for (const auto& params :
             {DeflateParams{DeflateFamily::zlib, DeflateStrategy::normal, level, 15, 8},
              DeflateParams{DeflateFamily::zlib, DeflateStrategy::normal, level, 15, 9},
              DeflateParams{DeflateFamily::gnu, DeflateStrategy::normal, level, 15, 9},
              DeflateParams{DeflateFamily::chromium, DeflateStrategy::normal, level, 15, 8},
              DeflateParams{DeflateFamily::zlib, DeflateStrategy::normal, level, 12, 5},
              DeflateParams{DeflateFamily::zlib, static_cast<DeflateStrategy>(level % 5), level, 15,
                            8}}) {
          if (params.window_bits == 12 && level % 4 != 1) {
            continue;
          }
          const std::vector<std::uint8_t> packed = encode(plain, params);
          const Recovery recovery = recovered(CodecId::deflate, packed, plain);
          if (params.window_bits == 12 && !recovery.exact) {
            continue;  // small windows are tried with the common memory levels alone
          }
          ASSERT_TRUE(recovery.exact) << to_string(params) << ", " << size << ", kind " << kind;
          EXPECT_EQ(again(CodecId::deflate, recovery.exact->params, plain), packed);
        }
      }
    }
  }
}

TEST(RecoverDeflate, CostIsBoundedAndReported) {
  const std::vector<std::uint8_t> plain = plain_of_kind(3, 300000);
  const std::vector<std::uint8_t> packed =
      encode(plain, {DeflateFamily::zlib, DeflateStrategy::filtered, 2, 11, 3});
  RecoverOptions options;
  options.work = 1000000;
  const Recovery recovery = recovered(CodecId::deflate, packed, plain, options);
  EXPECT_FALSE(recovery.exact);
  EXPECT_LE(recovery.work, options.work + plain.size());
}

TEST(RecoverDeflate, HintsComeFirst) {
  const std::vector<std::uint8_t> plain = plain_of_kind(3, 120000);
  const DeflateParams params{DeflateFamily::zlib, DeflateStrategy::filtered, 2, 11, 3};
  const std::vector<std::uint8_t> packed = encode(plain, params);
  ByteWriter bytes;
  write_deflate_params(params, bytes);
  RecoverOptions options;
  options.hints = {{9, 9, 9}, std::move(bytes).take()};
  const Recovery recovery = recovered(CodecId::deflate, packed, plain, options);
  ASSERT_TRUE(recovery.exact);
  EXPECT_EQ(recovery.exact->params, options.hints[1]);
  EXPECT_EQ(recovery.tried, 1U);
}

TEST(RecoverDeflate, StoredBlocksOfAnySize) {
  const std::vector<std::uint8_t> plain = plain_of_kind(1, 70000);
  for (const std::size_t size : {std::size_t{65535}, std::size_t{16383}, std::size_t{70}}) {
    deflate::BitWriter bits;
    for (std::size_t at = 0; at < plain.size(); at += size) {
      const std::size_t part = std::min(size, plain.size() - at);
      deflate::write_stored_block(Bytes(plain).subspan(at, part), at + part == plain.size(), bits);
    }
    const Recovery recovery = recovered(CodecId::deflate, bits.ready(), plain);
    ASSERT_TRUE(recovery.exact);
    EXPECT_EQ(recovery.exact->description, "stored blocks");
    const std::vector<std::uint8_t> packed(bits.ready().begin(), bits.ready().end());
    EXPECT_EQ(again(CodecId::deflate, recovery.exact->params, plain), packed);
  }
}

// A stream that none of the families would write.
TEST(RecoverDeflate, SaysSoWhenNothingIsExact) {
  const std::vector<std::uint8_t> plain = plain_of_kind(1, 5000);
  std::vector<deflate::Token> literals;
  deflate::BitWriter bits;
  for (const std::uint8_t byte : plain) {
    literals.push_back({0, byte});
    if (literals.size() == 1000) {
      deflate::write_block(literals, deflate::BlockType::fixed, {}, false, bits);
      literals.clear();
    }
  }
  deflate::write_block(literals, deflate::BlockType::fixed, {}, true, bits);
  bits.align();
  const Recovery recovery = recovered(CodecId::deflate, bits.ready(), plain);
  EXPECT_FALSE(recovery.exact);
}

TEST(RecoverZlib, FindsLevelAndKeepsTheHeader) {
  const std::vector<std::uint8_t> plain = plain_of_kind(3, 90000);
  for (std::uint8_t level = 1; level <= 9; ++level) {
    for (const std::uint8_t window : {std::uint8_t{10}, std::uint8_t{15}}) {
      const std::vector<std::uint8_t> packed =
          zlib_deflate(plain, {DeflateFamily::zlib, DeflateStrategy::normal, level, window, 8}, 1);
      const Recovery recovery = recovered(CodecId::zlib, packed, plain);
      ASSERT_TRUE(recovery.exact);
      EXPECT_EQ(again(CodecId::zlib, recovery.exact->params, plain), packed);
      MemorySink out(plain.size());
      auto decoded = find_codec(CodecId::zlib)->decode(MemorySource(packed), out, kLimits);
      ASSERT_TRUE(decoded) << decoded.error().text();
      EXPECT_EQ(decoded->packed, packed.size());
    }
  }
}

std::vector<std::uint8_t> gzip_member(Bytes plain, const DeflateParams& params, bool named) {
  std::vector<std::uint8_t> out{0x1F, 0x8B, 8, 0, 1, 2, 3, 4, 2, 3};
  if (named) {
    out[3] = 8 | 4 | 2;
    // An extra field of two bytes, a name, a checksum of the header (which nobody checks).
    const Bytes rest = as_bytes(std::string_view("\2\0xyname\0\7\7", 11));
    out.insert(out.end(), rest.begin(), rest.end());
  }
  const std::vector<std::uint8_t> inside = encode(plain, params);
  out.insert(out.end(), inside.begin(), inside.end());
  const auto crc =
      static_cast<std::uint32_t>(crc32(0, plain.data(), static_cast<unsigned>(plain.size())));
  out.resize(out.size() + 8);
  store_le32(&out[out.size() - 8], crc);
  store_le32(&out[out.size() - 4], static_cast<std::uint32_t>(plain.size()));
  return out;
}

TEST(RecoverGzip, AnyNumberOfMembers) {
  std::vector<std::uint8_t> packed;
  std::vector<std::uint8_t> plain;
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, std::size_t{100000},
                                 std::size_t{100000}, std::size_t{0}}) {
    const std::vector<std::uint8_t> part = plain_of_kind(3, size);
    const std::vector<std::uint8_t> member =
        gzip_member(part, {DeflateFamily::gnu, DeflateStrategy::normal, 9, 15, 9}, size == 100);
    packed.insert(packed.end(), member.begin(), member.end());
    plain.insert(plain.end(), part.begin(), part.end());
    const Recovery recovery = recovered(CodecId::gzip, packed, plain);
    ASSERT_TRUE(recovery.exact);
    EXPECT_EQ(again(CodecId::gzip, recovery.exact->params, plain), packed);
  }
  packed.push_back(0);
  MemorySink out(plain.size());
  auto decoded = find_codec(CodecId::gzip)->decode(MemorySource(packed), out, kLimits);
  ASSERT_TRUE(decoded) << decoded.error().text();
  EXPECT_EQ(decoded->packed, packed.size() - 1);
  EXPECT_TRUE(std::equal(plain.begin(), plain.end(), out.view().begin(), out.view().end()));
  EXPECT_FALSE(recovered(CodecId::gzip, packed, plain).exact) << "one byte behind the file";
}

TEST(RecoverGzip, RefusesPrefixesAndWrongChecksums) {
  const std::vector<std::uint8_t> plain = plain_of_kind(1, 500);
  const std::vector<std::uint8_t> packed = gzip_member(plain, {}, true);
  for (std::size_t length = 0; length < packed.size(); ++length) {
    CountingSink out(nullptr);
    EXPECT_FALSE(
        find_codec(CodecId::gzip)->decode(MemorySource(Bytes(packed).first(length)), out, kLimits));
  }
  for (std::size_t at = packed.size() - 8; at < packed.size(); ++at) {
    std::vector<std::uint8_t> bad = packed;
    bad[at] ^= 1;
    CountingSink out(nullptr);
    auto decoded = find_codec(CodecId::gzip)->decode(MemorySource(bad), out, kLimits);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code(), Code::corrupt);
  }
}

TEST(GzipParams, SizesMustAgree) {
  const std::vector<std::uint8_t> plain = plain_of_kind(1, 500);
  const std::vector<std::uint8_t> packed = gzip_member(plain, {}, false);
  const Recovery recovery = recovered(CodecId::gzip, packed, plain);
  ASSERT_TRUE(recovery.exact);
  for (const std::size_t size : {std::size_t{0}, std::size_t{499}, std::size_t{501}}) {
    std::vector<std::uint8_t> other = plain;
    other.resize(size);
    CountingSink out(nullptr);
    auto encoder = find_codec(CodecId::gzip)->encoder(recovery.exact->params, out, kLimits);
    ASSERT_TRUE(encoder);
    Status status = (*encoder)->write(other);
    if (status) {
      status = (*encoder)->finish();
    }
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), Code::mismatch);
  }
}

}  // namespace
}  // namespace kerf
