#include "codec/deflate/correct.h"

#include <gtest/gtest.h>

#include "codec/deflate/correct_write.h"
#include "codec/deflate/deflate.h"
#include "codec/deflate/parse.h"
#include "codec/deflate/test_streams.h"

namespace kerf {
namespace {

constexpr Limits kLimits{std::uint64_t{1} << 30, std::uint64_t{1} << 26, 1};

// zlib with flushes of every kind at odd places: no family does that.
std::vector<std::uint8_t> flushed(Bytes plain, int level, std::size_t step) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::vector<std::uint8_t> out(2 * plain.size() + 10000);
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  int kind = 0;
  for (std::size_t at = 0; at < plain.size(); at += step) {
    stream.next_in = const_cast<Bytef*>(plain.data() + at);
    stream.avail_in = static_cast<uInt>(std::min(step, plain.size() - at));
    static constexpr std::array<int, 4> kFlushes{Z_SYNC_FLUSH, Z_NO_FLUSH, Z_PARTIAL_FLUSH,
                                                 Z_BLOCK};
    EXPECT_EQ(::deflate(&stream, kFlushes[static_cast<std::size_t>(kind++ % 4)]), Z_OK);
  }
  EXPECT_EQ(::deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

// Literals and short matches by chance, in blocks of odd sizes, codes shuffled where they may be.
std::vector<std::uint8_t> strange(Bytes plain) {
  deflate::BitWriter bits;
  std::vector<deflate::Token> tokens;
  deflate::Frequencies frequencies;
  std::uint32_t state = 99;
  for (std::size_t at = 0; at < plain.size();) {
    state = state * 1664525 + 1013904223;
    deflate::Token token{0, plain[at]};
    const std::size_t far = 1 + (state >> 8) % 32768;
    if (far <= at) {
      const std::size_t same =
          common_prefix(plain.subspan(at, std::min<std::size_t>(258, plain.size() - at)),
                        plain.subspan(at - far, plain.size() - at));
      if (same >= 3) {
        token = {static_cast<std::uint16_t>(same), static_cast<std::uint16_t>(far)};
      }
    }
    tokens.push_back(token);
    frequencies.count(token);
    at += token.covers();
    if (tokens.size() == 700 + (state >> 28) || at == plain.size()) {
      ++frequencies.literal[deflate::kEndOfBlock];
      for (std::uint32_t& frequency : frequencies.literal) {
        frequency += 3;  // codes for everything, and not the best ones
      }
      const deflate::DynamicCodes codes = derive_codes(frequencies);
      write_block(tokens,
                  (state >> 27 & 1) != 0 ? deflate::BlockType::dynamic : deflate::BlockType::fixed,
                  codes, at == plain.size(), bits);
      tokens.clear();
      frequencies = {};
    }
  }
  bits.align();
  return {bits.ready().begin(), bits.ready().end()};
}

DeflateTask task_of(const Source& packed, const Source& plain) {
  return {packed, 0, packed.size(), plain, 0, plain.size(), {}, {}, DeflateFamily::zlib, {}};
}

void expect_corrected(Bytes packed, Bytes plain, std::size_t most) {
  const MemorySource packed_source(packed);
  const MemorySource plain_source(plain);
  Recovery recovery;
  auto params = find_corrections(task_of(packed_source, plain_source), recovery);
  ASSERT_TRUE(params) << params.error().text();
  ASSERT_TRUE(*params);
  EXPECT_LE((*params)->corrections.size(), most);
  ByteWriter bytes;
  write_corrected_params(**params, bytes);
  for (const std::size_t step : {std::size_t{1000}, std::size_t{70000}}) {
    MemorySink out(packed.size());
    auto encoder = deflate_codec().encoder(bytes.view(), out, kLimits);
    ASSERT_TRUE(encoder) << encoder.error().text();
    for (std::size_t at = 0; at < plain.size(); at += step) {
      const Status status = (*encoder)->write(plain.subspan(at, std::min(step, plain.size() - at)));
      ASSERT_TRUE(status) << status.error().text();
    }
    const Status status = (*encoder)->finish();
    ASSERT_TRUE(status) << status.error().text();
    ASSERT_TRUE(std::equal(packed.begin(), packed.end(), out.view().begin(), out.view().end()));
  }
}

TEST(Corrections, FlushesCostLittle) {
  for (const int kind : {2, 3}) {
    const std::vector<std::uint8_t> plain = plain_of_kind(kind, 80000);
    for (const int level : {0, 1, 6}) {
      for (const std::size_t step : {std::size_t{777}, std::size_t{40000}}) {
        SCOPED_TRACE(testing::Message() << kind << " " << level << " " << step);
        const std::vector<std::uint8_t> packed = flushed(plain, level, step);
        expect_corrected(packed, plain, packed.size() / 20 + 300);
      }
    }
  }
}

TEST(Corrections, AnyEncoderAtAll) {
  for (const int kind : {0, 1, 2, 3}) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{300}, std::size_t{150000}}) {
      const std::vector<std::uint8_t> plain = plain_of_kind(kind, size);
      const std::vector<std::uint8_t> packed = strange(plain);
      expect_corrected(packed, plain, packed.size() + 1000);
    }
  }
}

TEST(Corrections, OnlyWhenAskedFor) {
  const std::vector<std::uint8_t> plain = plain_of_kind(3, 50000);
  const std::vector<std::uint8_t> packed = flushed(plain, 6, 777);
  RecoverOptions options;
  auto without = recover(CodecId::deflate, MemorySource(packed), MemorySource(plain), options);
  ASSERT_TRUE(without);
  EXPECT_FALSE(without->exact);
  options.most_corrections_percent = 10;
  auto with = recover(CodecId::deflate, MemorySource(packed), MemorySource(plain), options);
  ASSERT_TRUE(with);
  ASSERT_TRUE(with->exact);
  EXPECT_EQ(with->exact->params[0], corrected_form);
}

// Damaged corrections, and corrections for other bytes: an error or a wrong stream, never a crash.
TEST(Corrections, AreNotTrusted) {
  const std::vector<std::uint8_t> plain = plain_of_kind(3, 30000);
  const std::vector<std::uint8_t> packed = strange(plain);
  const MemorySource packed_source(packed);
  const MemorySource plain_source(plain);
  Recovery recovery;
  auto params = find_corrections(task_of(packed_source, plain_source), recovery);
  ASSERT_TRUE(params && *params);
  ByteWriter bytes;
  write_corrected_params(**params, bytes);
  const std::vector<std::uint8_t> other = plain_of_kind(1, 30000);
  unsigned refused = 0;
  for (unsigned trial = 0; trial < 200; ++trial) {
    std::vector<std::uint8_t> bad(bytes.view().begin(), bytes.view().end());
    if (trial % 4 != 0) {
      bad[trial * 7919 % bad.size()] ^= static_cast<std::uint8_t>(1U << trial % 8);
    }
    if (trial % 4 == 3) {
      bad.resize(trial * 104729 % bad.size());
    }
    MemorySink out(packed.size() + 1000);
    auto encoder = deflate_codec().encoder(bad, out, {packed.size() + 1000, kLimits.memory, 1});
    if (!encoder) {
      ++refused;
      continue;
    }
    Status status = (*encoder)->write(trial % 4 == 0 ? other : plain);
    if (status) {
      status = (*encoder)->finish();
    }
    if (!status) {
      ASSERT_NE(status.error().code(), Code::bug);
      ++refused;
    }
  }
  EXPECT_GT(refused, 0U);
}

}  // namespace
}  // namespace kerf
