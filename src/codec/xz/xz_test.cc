#include "codec/xz/encode.h"

#include <gtest/gtest.h>
#include <lzma.h>

#include "codec/deflate/test_streams.h"
#include "codec/recover.h"

namespace kerf {
namespace {

constexpr Limits kLimits{std::uint64_t{1} << 30, std::uint64_t{1} << 30, 1};

// By liblzma's own encoders: what the programs of the world call.
std::vector<std::uint8_t> run(lzma_stream& stream, Bytes plain) {
  std::vector<std::uint8_t> out(plain.size() * 2 + 4096);
  stream.next_in = plain.data();
  stream.avail_in = plain.size();
  stream.next_out = out.data();
  stream.avail_out = out.size();
  lzma_ret code = LZMA_OK;
  while (code == LZMA_OK) {
    code = lzma_code(&stream, LZMA_FINISH);
  }
  EXPECT_EQ(code, LZMA_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  lzma_end(&stream);
  return out;
}

struct Chain {
  explicit Chain(std::uint32_t preset, lzma_vli extra = LZMA_VLI_UNKNOWN) {
    EXPECT_EQ(lzma_lzma_preset(&options, preset), 0);
    std::size_t at = 0;
    if (extra != LZMA_VLI_UNKNOWN) {
      filters[at++] = {extra, nullptr};
    }
    filters[at++] = {LZMA_FILTER_LZMA2, &options};
    filters[at] = {LZMA_VLI_UNKNOWN, nullptr};
  }
  lzma_options_lzma options{};
  std::array<lzma_filter, 5> filters{};
};

std::vector<std::uint8_t> single(Chain& chain, lzma_check check, Bytes plain) {
  lzma_stream stream = LZMA_STREAM_INIT;
  EXPECT_EQ(lzma_stream_encoder(&stream, chain.filters.data(), check), LZMA_OK);
  return run(stream, plain);
}

void expect_again(CodecId id, Bytes packed, Bytes plain, unsigned most_tried) {
  const Codec& codec = *find_codec(id);
  MemorySink unpacked(plain.size());
  std::vector<std::uint8_t> longer(packed.begin(), packed.end());
  longer.resize(longer.size() + (id == CodecId::lzma ? 0 : 8), 0x55);
  auto decoded = codec.decode(MemorySource(longer), unpacked, kLimits);
  ASSERT_TRUE(decoded) << decoded.error().text();
  EXPECT_EQ(decoded->packed, packed.size());
  ASSERT_TRUE(
      std::equal(plain.begin(), plain.end(), unpacked.view().begin(), unpacked.view().end()));

  auto recovery = recover(id, MemorySource(packed), MemorySource(plain), {});
  ASSERT_TRUE(recovery) << recovery.error().text();
  ASSERT_TRUE(recovery->exact);
  EXPECT_LE(recovery->tried, most_tried) << recovery->exact->description;
  MemorySink out(packed.size());
  auto encoder = codec.encoder(recovery->exact->params, out, kLimits);
  ASSERT_TRUE(encoder) << encoder.error().text();
  for (std::size_t at = 0; at < plain.size(); at += 1000) {
    ASSERT_TRUE(
        (*encoder)->write(plain.subspan(at, std::min<std::size_t>(1000, plain.size() - at))));
  }
  ASSERT_TRUE((*encoder)->finish());
  EXPECT_TRUE(std::equal(packed.begin(), packed.end(), out.view().begin(), out.view().end()));

  // What does not fit is refused before anything happens.
  auto cost = codec.encode_cost(recovery->exact->params, plain.size());
  ASSERT_TRUE(cost);
  CountingSink nothing(nullptr);
  auto refused = codec.encoder(recovery->exact->params, nothing, {1 << 20, cost->memory - 1, 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::limit);
  EXPECT_EQ(nothing.size(), 0U);
}

TEST(Xz, EveryPresetOfTheStreamEncoder) {
  const std::vector<std::uint8_t> plain = plain_of_kind(3, 60000);
  for (const std::uint32_t preset :
       {0U, 1U, 2U, 3U, 4U, 5U, 6U, 3U | LZMA_PRESET_EXTREME, 6U | LZMA_PRESET_EXTREME}) {
    Chain chain(preset);
    chain.options.dict_size = 1 << 20;
    expect_again(CodecId::xz, single(chain, LZMA_CHECK_CRC64, plain), plain, 9);
  }
}

TEST(Xz, KernelsHaveFiltersAndTheirOwnContexts) {
  const std::vector<std::uint8_t> plain = plain_of_kind(3, 60000);
  for (const lzma_vli filter :
       {LZMA_FILTER_X86, LZMA_FILTER_ARM, LZMA_FILTER_ARM64, LZMA_FILTER_POWERPC}) {
    Chain chain(6, filter);
    chain.options.dict_size = 3 << 20;
    chain.options.lc = 2;
    chain.options.lp = 2;
    expect_again(CodecId::xz, single(chain, LZMA_CHECK_CRC32, plain), plain, 1);
  }
}

TEST(Xz, EveryCheckAndNoContent) {
  for (const lzma_check check :
       {LZMA_CHECK_NONE, LZMA_CHECK_CRC32, LZMA_CHECK_CRC64, LZMA_CHECK_SHA256}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{5000}}) {
      Chain chain(1);
      const std::vector<std::uint8_t> plain = plain_of_kind(size == 5000 ? 2 : 1, size);
      expect_again(CodecId::xz, single(chain, check, plain), plain, 9);
    }
  }
}

TEST(Xz, BlocksOfTheThreadedEncoder) {
  const std::vector<std::uint8_t> plain = plain_of_kind(3, 150000);
  Chain chain(1);
  lzma_mt options{};
  options.threads = 2;
  options.block_size = 40000;
  options.filters = chain.filters.data();
  options.check = LZMA_CHECK_CRC64;
  lzma_stream stream = LZMA_STREAM_INIT;
  ASSERT_EQ(lzma_stream_encoder_mt(&stream, &options), LZMA_OK);
  expect_again(CodecId::xz, run(stream, plain), plain, 9);
}

TEST(Xz, OneShot) {
  const std::vector<std::uint8_t> plain = plain_of_kind(3, 40000);
  Chain chain(6);
  chain.options.dict_size = 1 << 17;
  std::vector<std::uint8_t> packed(lzma_stream_buffer_bound(plain.size()));
  std::size_t size = 0;
  ASSERT_EQ(lzma_stream_buffer_encode(chain.filters.data(), LZMA_CHECK_CRC32, nullptr, plain.data(),
                                      plain.size(), packed.data(), &size, packed.size()),
            LZMA_OK);
  packed.resize(size);
  expect_again(CodecId::xz, packed, plain, 1);
}

TEST(Lzma, TheOldFormat) {
  for (const std::uint32_t preset : {6U, 1U}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{30000}}) {
      const std::vector<std::uint8_t> plain = plain_of_kind(3, size);
      Chain chain(preset);
      lzma_stream stream = LZMA_STREAM_INIT;
      ASSERT_EQ(lzma_alone_encoder(&stream, &chain.options), LZMA_OK);
      expect_again(CodecId::lzma, run(stream, plain), plain, 9);
    }
  }
}

TEST(XzParams, AnotherVersionIsRefused) {
  const std::vector<std::uint8_t> plain = plain_of_kind(1, 5000);
  Chain chain(6);
  const std::vector<std::uint8_t> packed = single(chain, LZMA_CHECK_CRC32, plain);
  auto recovery = recover(CodecId::xz, MemorySource(packed), MemorySource(plain), {});
  ASSERT_TRUE(recovery && recovery->exact);
  CountingSink nothing(nullptr);
  for (std::size_t at = 0; at < 3; ++at) {
    std::vector<std::uint8_t> params = recovery->exact->params;
    ++params[at];
    auto encoder = xz_codec().encoder(params, nothing, kLimits);
    ASSERT_FALSE(encoder);
    EXPECT_EQ(encoder.error().code(), Code::unsupported);
  }
  const Bytes good = recovery->exact->params;
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(xz_codec().encoder(good.first(length), nothing, kLimits)) << length;
  }
}

}  // namespace
}  // namespace kerf
