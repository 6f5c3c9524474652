#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/hash.h"
#include "base/test_bytes.h"
#include "model/counter.h"
#include "model/mixer.h"
#include "model/range_coder.h"

namespace kerf::model {
namespace {

struct Decision {
  bool bit;
  std::uint32_t p;
};

std::vector<Decision> decisions(std::size_t count, std::uint64_t seed, bool likely) {
  test::Random random(seed);
  std::vector<Decision> made;
  for (std::size_t i = 0; i < count; ++i) {
    const auto p = static_cast<std::uint32_t>(1 + random.below(65535));
    made.push_back({likely ? random.below(65536) < p : random.below(2) == 0, p});
  }
  return made;
}

std::vector<std::uint8_t> encode(const std::vector<Decision>& all) {
  std::vector<std::uint8_t> bytes;
  RangeEncoder encoder(bytes);
  for (const auto& [bit, p] : all) {
    encoder.code(bit, p);
  }
  encoder.finish();
  return bytes;
}

TEST(RangeCoder, DecodesWhatWasEncoded) {
  for (std::uint64_t seed = 1; seed < 200; ++seed) {
    const auto all = decisions(static_cast<std::size_t>(seed * 7), seed, seed % 2 == 0);
    const auto bytes = encode(all);
    RangeDecoder decoder(bytes.data(), bytes.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      ASSERT_EQ(decoder.code(false, all[i].p), all[i].bit) << "seed " << seed << ", bit " << i;
    }
  }
}

TEST(RangeCoder, ExtremeProbabilitiesAndCarriesSurvive) {
  for (const std::uint32_t p : {1U, 2U, 65534U, 65535U}) {
    for (unsigned rare = 1; rare < 64; rare += 7) {
      std::vector<Decision> all;
      for (unsigned i = 0; i < 5000; ++i) {
        all.push_back({(i % rare == 0) == (p < 32768), p});
      }
      const auto bytes = encode(all);
      RangeDecoder decoder(bytes.data(), bytes.size());
      for (const auto& [bit, q] : all) {
        ASSERT_EQ(decoder.code(false, q), bit);
      }
    }
  }
}

TEST(RangeCoder, CostsWhatTheProbabilitiesSay) {
  const auto all = decisions(100000, 5, true);
  double bits = 0;
  for (const auto& [bit, p] : all) {
    bits -= std::log2((bit ? p : 65536.0 - p) / 65536);
  }
  EXPECT_NEAR(static_cast<double>(encode(all).size()), bits / 8, bits / 8 * 0.001 + 4);
}

TEST(RangeCoder, NothingTakesNothingAndNoStreamEndsInZeros) {
  EXPECT_TRUE(encode({}).empty());
  for (std::uint64_t seed = 1; seed < 300; ++seed) {
    const auto bytes = encode(decisions(static_cast<std::size_t>(seed), seed, true));
    EXPECT_TRUE(bytes.empty() || bytes.back() != 0) << seed;
  }
}

TEST(Logistic, TablesAreThoseOfTheFormat) {
  std::vector<std::uint8_t> bytes;
  for (std::int32_t x = -squash_limit; x <= squash_limit; ++x) {
    bytes.push_back(static_cast<std::uint8_t>(squash(x)));
    bytes.push_back(static_cast<std::uint8_t>(squash(x) >> 8));
    EXPECT_NEAR(squash(x), 65536 / (1 + std::exp(-x / 256.0)), 0.6) << x;
  }
  for (std::uint32_t p = 0; p < 65536; p += 16) {
    const auto x = static_cast<std::uint32_t>(stretch(p));
    bytes.push_back(static_cast<std::uint8_t>(x));
    bytes.push_back(static_cast<std::uint8_t>(x >> 8));
    const double middle = (p + 8.0) / 65536;
    const double exact = std::clamp(std::log(middle / (1 - middle)) * 256, -2047.0, 2047.0);
    EXPECT_NEAR(stretch(p), exact, 1.1) << p;
  }
  EXPECT_EQ(to_hex(sha256(bytes)),
            "92438aa6558fc7ea6f089550c78d5bc533181c58ee3ba1434a183a115af9fce9");
}

TEST(Counter, MovesTowardsWhatItSees) {
  Counter counter;
  for (int i = 0; i < 2000; ++i) {
    counter.update(true, 250);
  }
  EXPECT_GT(counter.p(), 65200U);
  EXPECT_EQ(counter.count(), 250U);
  for (int i = 0; i < 2000; ++i) {
    counter.update(false, 250);
  }
  EXPECT_LT(counter.p(), 300U);
}

TEST(Confidence, IsWhatItsFormulaSays) {
  for (std::uint32_t n = 0; n < 12; ++n) {
    EXPECT_EQ(confidence(n), static_cast<std::int32_t>(2560 * n / (10 * n + 7))) << n;
  }
  EXPECT_EQ(confidence(12), 256);
  EXPECT_EQ(confidence(1000), 256);
}

TEST(Slot, KeepsItsCheckAndStaysInRange) {
  test::Random random(3);
  Slot slot;
  slot.start(93);
  for (int i = 0; i < 100000; ++i) {
    slot.update(random.below(1000) < 999, Slot::most_count);
    ASSERT_TRUE(slot.belongs_to(93));
    ASSERT_LE(slot.count(), Slot::most_count);
  }
  EXPECT_GT(slot.p(), 60000U);
}

TEST(History, CountsAndForgetsContradictions) {
  std::uint8_t state = 0;
  for (int i = 0; i < 40; ++i) {
    state = history_table.next[state][1];
  }
  EXPECT_EQ(state, 0x0F);
  state = history_table.next[state][0];
  EXPECT_EQ(state, 0x17);
}

TEST(Mixer, VectorsAreEqualToTheScalarForm) {
  test::Random random(11);
  for (int round = 0; round < 20000; ++round) {
    Weights a{};
    Inputs inputs{};
    // Ordinary states, and such as only a hostile patch could bring about.
    const bool wild = round % 4 == 0;
    for (std::size_t i = 0; i < mixer_inputs; ++i) {
      a[i] =
          static_cast<std::int16_t>(static_cast<std::int32_t>(random.next()) >> (wild ? 16 : 18));
      inputs[i] = static_cast<std::int16_t>(
          static_cast<std::int32_t>(random.below(2 * stretch_limit + 1)) - stretch_limit);
    }
    if (round == 0) {
      std::fill(std::begin(a), std::end(a), std::int16_t{-32768});
      std::fill(std::begin(inputs), std::end(inputs), std::int16_t{-2047});
    }
    const auto error = static_cast<std::int32_t>(random.below(65536)) - 32768;
    Weights b{};
    std::copy(std::begin(a), std::end(a), std::begin(b));
    ASSERT_EQ(dot_scalar(a, inputs), dot(b, inputs));
    train_scalar(a, inputs, error);
    train(b, inputs, error);
    ASSERT_TRUE(std::equal(std::begin(a), std::end(a), std::begin(b)));
  }
}

TEST(Mixer, LearnsWhichInputToTrust) {
  Weights a[1];
  Weights b[1];
  Mixer mixer(a, 1, b, 1, 100);
  test::Random random(4);
  std::uint32_t last = 0;
  for (int i = 0; i < 3000; ++i) {
    const bool bit = random.below(2) == 0;
    mixer.set(0, bit ? 700 : -700);                                     // knows
    mixer.set(1, static_cast<std::int32_t>(random.below(1400)) - 700);  // does not
    const std::uint32_t p = mixer.predict(0, 0, 16);
    last = bit ? p : 65536 - p;
    mixer.learn(bit);
  }
  EXPECT_GT(last, 64000U);
}

// The values that docs/formats/sliver.md gives for checking parts of another implementation.
TEST(Document, ChecksHold) {
  EXPECT_EQ(squash(0), 32768);
  EXPECT_EQ(squash(1), 32832);
  EXPECT_EQ(squash(256), 47911);
  EXPECT_EQ(squash(3071), 65535);
  EXPECT_EQ(squash(-256), 17625);
  EXPECT_EQ(stretch(0), -2047);
  EXPECT_EQ(stretch(32768), 1);
  EXPECT_EQ(stretch(49152), 282);
  EXPECT_EQ(stretch(65535), 2047);
  EXPECT_EQ(rate_table.of[0], 40960);
  EXPECT_EQ(rate_table.of[255], 255);
  EXPECT_EQ(hash(0, 0), 0x912AF59AU);
  EXPECT_EQ(hash(1, 2), 0xD09BD1BAU);
  Slot slot;
  slot.start(5);
  slot.update(false, Slot::most_count);
  EXPECT_EQ(slot.state >> 14, 49152U);
}

}  // namespace
}  // namespace kerf::model
