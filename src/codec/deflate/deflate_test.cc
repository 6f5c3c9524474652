#include "codec/deflate/deflate.h"

#include <gtest/gtest.h>

#include <array>

#include "codec/deflate/encode.h"
#include "codec/deflate/huffman.h"
#include "codec/deflate/stored.h"
#include "codec/deflate/test_streams.h"

namespace kerf {
namespace {

constexpr Limits kLimits{std::uint64_t{1} << 30, std::uint64_t{1} << 24, 1};

std::vector<std::uint8_t> encode(Bytes plain, const DeflateParams& params,
                                 std::size_t step = std::size_t{1} << 16) {
  MemorySink out(std::uint64_t{1} << 30);
  DeflateEncoder encoder(params, out);
  for (std::size_t at = 0; at < plain.size(); at += step) {
    EXPECT_TRUE(encoder.write(plain.subspan(at, std::min(step, plain.size() - at))));
  }
  EXPECT_TRUE(encoder.finish());
  return std::move(out).take();
}

TEST(DeflateTokens, CodesAndBasesAreInverse) {
  for (unsigned length = deflate::kMinMatch; length <= deflate::kMaxMatch; ++length) {
    const deflate::Coded coded = deflate::code_of_length(length);
    EXPECT_EQ(deflate::base_of_length(coded.code) + coded.extra, length);
    EXPECT_EQ(deflate::extra_bits_of_literal(coded.code), coded.extra_bits);
    EXPECT_LT(coded.extra, 1U << coded.extra_bits);
  }
  for (unsigned distance = 1; distance <= 32768; ++distance) {
    const deflate::Coded coded = deflate::code_of_distance(distance);
    EXPECT_EQ(deflate::base_of_distance(coded.code) + coded.extra, distance);
    EXPECT_EQ(deflate::extra_bits_of_distance(coded.code), coded.extra_bits);
    EXPECT_LT(coded.extra, 1U << coded.extra_bits);
  }
}

TEST(DeflateHuffman, LengthsAreACodeEvenWhenCutOff) {
  std::array<std::uint32_t, 30> frequencies{};
  std::uint32_t a = 1;
  std::uint32_t b = 1;
  for (std::uint32_t& frequency : frequencies) {  // Fibonacci: as deep as trees get
    frequency = a;
    b += a;
    a = b - a;
  }
  std::array<std::uint8_t, 30> lengths{};
  for (const unsigned longest : {15U, 9U, 7U}) {
    EXPECT_EQ(deflate::code_lengths(frequencies, longest, lengths), 30U);
    unsigned space = 0;
    for (const std::uint8_t length : lengths) {
      ASSERT_GE(length, 1);
      ASSERT_LE(length, longest);
      space += 32768U >> length;
    }
    EXPECT_EQ(space, 32768U) << longest;
  }
}

TEST(DeflateHuffman, TwoWordsAtLeast) {
  std::array<std::uint32_t, 30> frequencies{};
  std::array<std::uint8_t, 30> lengths{};
  EXPECT_EQ(deflate::code_lengths(frequencies, 15, lengths), 2U);
  EXPECT_EQ(lengths[0], 1);
  EXPECT_EQ(lengths[1], 1);
  frequencies[7] = 4;
  EXPECT_EQ(deflate::code_lengths(frequencies, 15, lengths), 8U);
  EXPECT_EQ(lengths[0], 1);
  EXPECT_EQ(lengths[7], 1);
}

// The heart of the matter, against the library itself: every level, memory level, strategy and
// window, on inputs shorter and longer than the window.
TEST(DeflateZlibFamily, EqualsZlib) {
  for (int kind = 0; kind <= 3; ++kind) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{5}, std::size_t{300},
                                   std::size_t{33000}, std::size_t{140001}}) {
      const std::vector<std::uint8_t> plain = plain_of_kind(kind, size);
      for (std::uint8_t level = 1; level <= 9; ++level) {
        for (std::uint8_t memory = 1; memory <= 9; ++memory) {
          const auto strategy = static_cast<DeflateStrategy>((level + memory) % 5);
          const auto window = static_cast<std::uint8_t>(9 + (level + 3 * memory) % 7);
          for (const DeflateParams& params :
               {DeflateParams{DeflateFamily::zlib, DeflateStrategy::normal, level, 15, memory},
                DeflateParams{DeflateFamily::zlib, strategy, level, window, memory}}) {
            if (size > 40000 && params.mem_level != 8 && params.level != 5) {
              continue;
            }
            ASSERT_EQ(encode(plain, params), zlib_deflate(plain, params))
                << to_string(params) << ", " << size << " bytes of kind " << kind;
          }
        }
      }
    }
  }
}

TEST(DeflateEncoder, DoesNotDependOnHowItIsFed) {
  const std::vector<std::uint8_t> plain = plain_of_kind(3, 200000);
  for (const auto family : {DeflateFamily::zlib, DeflateFamily::gnu, DeflateFamily::chromium}) {
    for (const std::uint8_t level : {std::uint8_t{1}, std::uint8_t{6}}) {
      const auto memory = static_cast<std::uint8_t>(family == DeflateFamily::gnu ? 9 : 8);
      const DeflateParams params{family, DeflateStrategy::normal, level, 15, memory};
      const std::vector<std::uint8_t> whole = encode(plain, params, plain.size());
      EXPECT_EQ(encode(plain, params, 1), whole);
      EXPECT_EQ(encode(plain, params, 65537), whole);
    }
  }
}

TEST(DeflateEncoder, EveryFamilyUnpacksAgain) {
  for (int kind = 0; kind <= 3; ++kind) {
    const std::vector<std::uint8_t> plain = plain_of_kind(kind, 100000);
    for (const auto family : {DeflateFamily::zlib, DeflateFamily::gnu, DeflateFamily::chromium}) {
      for (std::uint8_t level = 1; level <= 9; ++level) {
        const auto memory = static_cast<std::uint8_t>(family == DeflateFamily::gnu ? 9 : 8);
        std::vector<std::uint8_t> packed =
            encode(plain, {family, DeflateStrategy::normal, level, 15, memory});
        const std::size_t length = packed.size();
        packed.push_back(0x55);  // what follows does not matter
        MemorySink out(plain.size());
        auto decoded = inflate(MemorySource(packed), 0, out, kLimits);
        ASSERT_TRUE(decoded) << decoded.error().text();
        EXPECT_EQ(decoded->packed, length);
        EXPECT_EQ(decoded->plain, plain.size());
        EXPECT_TRUE(std::equal(plain.begin(), plain.end(), out.view().begin(), out.view().end()));
      }
    }
  }
}

TEST(DeflateEncoder, StaysBelowAMegabyte) {
  for (const auto family : {DeflateFamily::zlib, DeflateFamily::gnu, DeflateFamily::chromium}) {
    EXPECT_LT(DeflateEncoder::memory({family, DeflateStrategy::normal, 9, 15, 9}), 1000000U);
  }
}

TEST(InflateStream, RefusesEveryPrefixAndHonoursLimits) {
  const std::vector<std::uint8_t> plain = plain_of_kind(1, 3000);
  const std::vector<std::uint8_t> packed = encode(plain, {});
  for (std::size_t length = 0; length < packed.size(); ++length) {
    CountingSink out(nullptr);
    auto decoded = inflate(MemorySource(Bytes(packed).first(length)), 0, out, kLimits);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code(), Code::truncated);
  }
  CountingSink out(nullptr);
  auto decoded = inflate(MemorySource(packed), 0, out, {plain.size() - 1, kLimits.memory, 1});
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code(), Code::limit);
  EXPECT_LT(out.size(), plain.size());
  auto starved = inflate(MemorySource(packed), 0, out, {plain.size(), 1000, 1});
  ASSERT_FALSE(starved);
  EXPECT_EQ(starved.error().code(), Code::limit);
}

TEST(DeflateParamsBytes, RoundTripAndRefuse) {
  for (unsigned family = 0; family < 6; ++family) {
    for (unsigned effort = 0; effort < 256; ++effort) {
      for (unsigned sizes = 0; sizes < 256; ++sizes) {
        const std::array<std::uint8_t, 3> bytes{static_cast<std::uint8_t>(family),
                                                static_cast<std::uint8_t>(effort),
                                                static_cast<std::uint8_t>(sizes)};
        ByteReader in(bytes);
        auto params = read_deflate_params(in);
        if (params) {
          ByteWriter out;
          write_deflate_params(*params, out);
          ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(), out.view().begin()));
        } else {
          const Code expected = family < 1 || family > 3 ? Code::unsupported : Code::corrupt;
          ASSERT_EQ(params.error().code(), expected);
        }
      }
    }
  }
}

TEST(DeflateCodec, RefusesBadParams) {
  CountingSink out(nullptr);
  const auto code_of = [&](std::vector<std::uint8_t> params, Limits limits = kLimits) {
    auto encoder = deflate_codec().encoder(params, out, limits);
    return encoder ? Code{} : encoder.error().code();
  };
  EXPECT_EQ(code_of({}), Code::truncated);
  EXPECT_EQ(code_of({1, 6}), Code::truncated);
  EXPECT_EQ(code_of({1, 6, 0x8F}), Code{});
  EXPECT_EQ(code_of({1, 6, 0x8F, 0}), Code::corrupt);
  EXPECT_EQ(code_of({99, 6, 0x8F}), Code::unsupported);
  EXPECT_EQ(code_of({1, 6, 0x8F}, {1 << 20, 1000, 1}), Code::limit);
  EXPECT_EQ(code_of({4}), Code::truncated);
  EXPECT_EQ(code_of({4, 0}), Code::corrupt);
  EXPECT_EQ(code_of({4, 1, 5, 0, 0}), Code::corrupt);
  EXPECT_EQ(code_of({4, 1, 5, 0, 1}), Code{});
}

TEST(DeflateCodec, StopsAtTheOutputLimit) {
  const std::vector<std::uint8_t> noise = plain_of_kind(2, 100000);
  CountingSink out(nullptr);
  const std::array<std::uint8_t, 3> params{1, 6, 0x8F};
  auto encoder = deflate_codec().encoder(params, out, {50000, kLimits.memory, 1});
  ASSERT_TRUE(encoder);
  Status status = (*encoder)->write(noise);
  if (status) {
    status = (*encoder)->finish();
  }
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::limit);
  EXPECT_LE(out.size(), 50000U);
}

TEST(StoredBlocks, FollowTheirParams) {
  const std::vector<std::uint8_t> plain = plain_of_kind(2, 12);
  ByteWriter params;
  write_stored_params(std::vector<StoredRun>{{2, 5}, {1, 2}, {1, 0}}, params);
  const auto run = [&](std::size_t size) -> Result<std::vector<std::uint8_t>> {
    MemorySink out(1000);
    TRY_ASSIGN(auto encoder, deflate_codec().encoder(params.view(), out, kLimits));
    TRY(encoder->write(Bytes(plain).first(size)));
    TRY(encoder->finish());
    return std::move(out).take();
  };
  auto packed = run(12);
  ASSERT_TRUE(packed);
  EXPECT_EQ(packed->size(), 12U + 4 * 5);
  EXPECT_EQ(packed->back(), 0xFF);
  MemorySink out(12);
  auto decoded = inflate(MemorySource(*packed), 0, out, kLimits);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->packed, packed->size());
  EXPECT_TRUE(std::equal(plain.begin(), plain.end(), out.view().begin()));
  auto fewer = run(11);
  ASSERT_FALSE(fewer);
  EXPECT_EQ(fewer.error().code(), Code::mismatch);
}

}  // namespace
}  // namespace kerf
