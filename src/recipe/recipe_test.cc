// Recipes as such: their text, and what check() refuses.
#include "recipe/recipe.h"

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <utility>

#include "base/varint.h"
#include "codec/numbers.h"
#include "recipe/needs.h"
#include "recipe/test_recipe.h"
#include "recipe/text.h"

namespace kerf::recipe {
namespace {

TEST(Numbers, ComeBack) {
  test::Random random(5);
  std::vector<std::uint64_t> numbers{0, 1, 2, 255, std::uint64_t{1} << 63, ~std::uint64_t{0}};
  for (unsigned i = 0; i < 2000; ++i) {
    numbers.push_back(random.next() >> random.below(64));
  }
  NumberEncoder encoder(3);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    encoder.code(i % 3, numbers[i]);
  }
  const auto bytes = encoder.finish();
  NumberDecoder decoder(bytes, 3);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    ASSERT_EQ(decoder.code(i % 3, 0), numbers[i]) << i;
  }
}

TEST(Numbers, WhatRepeatsCostsNextToNothing) {
  NumberEncoder encoder(1);
  for (unsigned i = 0; i < 4000; ++i) {
    encoder.code(0, 123456);
  }
  EXPECT_LT(encoder.finish().size(), 1000U);
}

TEST(Text, ComesBack) {
  const Example example;
  const auto text = serialise(example.recipe);
  const auto read = parse(text, example.recipe.sources, example.target_id(), test_limits);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(serialise(*read), text);
  ASSERT_EQ(read->steps.size(), 3U);
  EXPECT_EQ(read->codings, example.recipe.codings);
  for (std::size_t i = 0; i < 3; ++i) {
    const Step& wanted = example.recipe.steps[i];
    const Step& found = read->steps[i];
    EXPECT_EQ(found.size, wanted.size);
    EXPECT_EQ(found.sha256, wanted.sha256);
    ASSERT_EQ(found.pieces.size(), wanted.pieces.size());
    for (std::size_t k = 0; k < wanted.pieces.size(); ++k) {
      EXPECT_EQ(found.pieces[k].kind, wanted.pieces[k].kind);
      EXPECT_EQ(found.pieces[k].range, wanted.pieces[k].range);
    }
  }
  EXPECT_EQ(read->steps[1].patch->patch, example.recipe.steps[1].patch->patch);
  EXPECT_EQ(read->payload(), example.payload.size());
}

TEST(Text, DamageIsRefusedOrHarmless) {
  const Example example;
  const auto text = serialise(example.recipe);
  unsigned refused = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const unsigned flip : {1U, 128U, 255U}) {
      auto damaged = text;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ flip);
      const auto read =
          parse(damaged, example.recipe.sources, example.target_id(), {1 << 20, 1 << 20, 16});
      refused += read ? 0U : 1U;
      EXPECT_TRUE(read || read.error().code() != Code::bug);
    }
    EXPECT_FALSE(
        parse(Bytes(text).first(at), example.recipe.sources, example.target_id(), {0, 0, 1}));
  }
  EXPECT_GT(refused, text.size());  // most of it
}

TEST(Text, EndlessNumbersMeetTheLimit) {
  // Any bytes are numbers: counts without end must stop at limits.memory.
  for (std::uint64_t seed = 1; seed < 200; ++seed) {
    ByteWriter text;
    text.u8(60);
    text.bytes(test::noise(60, seed, 256));
    const auto read = parse(text.view(), {{1000, {}}}, {1000, {}},
                            {std::uint64_t{1} << 30, std::uint64_t{1} << 20, 16});
    if (!read) {
      EXPECT_NE(read.error().code(), Code::bug);
    }
  }
}

// The text of a recipe whose first numbers are these.
std::vector<std::uint8_t> text_of_numbers(
    std::initializer_list<std::pair<std::size_t, std::uint64_t>> numbers) {
  NumberEncoder coder(context_count);
  for (const auto& [context, number] : numbers) {
    coder.code(context, number);
  }
  const auto coded = coder.finish();
  ByteWriter text;
  write_varint(coded.size(), text);
  text.bytes(coded);
  return std::move(text).take();
}

Code why_not_parsed(Bytes text) {
  constexpr Limits ample{std::uint64_t{1} << 30, std::uint64_t{1} << 32, 16};
  const auto read = parse(text, {{1000, {}}}, {1000, {}}, ample);
  return read ? Code::bug : read.error().code();
}

// A few bytes can say so: they must not be believed, however much memory is permitted.
TEST(Text, TablesAreBoundedByThemselves) {
  EXPECT_EQ(why_not_parsed(text_of_numbers({{at_counts, std::uint64_t{1} << 27}, {at_counts, 1}})),
            Code::limit);
  EXPECT_EQ(
      why_not_parsed(text_of_numbers(
          {{at_counts, 1}, {at_counts, 1}, {at_codec, 0}, {at_params_length, most_params + 1}})),
      Code::limit);
}

TEST(Text, NumbersAboveAByteAreNobodysCodecOrFormat) {
  EXPECT_EQ(why_not_parsed(text_of_numbers(
                {{at_counts, 1}, {at_counts, 1}, {at_codec, 256}, {at_params_length, 0}})),
            Code::unsupported);
  EXPECT_EQ(why_not_parsed(text_of_numbers(
                {{at_counts, 0}, {at_counts, 1}, {at_step, step_is_patch}, {at_format, 256 + 4}})),
            Code::unsupported);
}

struct Damage {
  const char* name;
  Code code;
  std::function<void(Recipe&)> apply;
};

TEST(Check, Refuses) {
  const std::vector<Damage> damages{
      {"no source", Code::corrupt, [](Recipe& r) { r.sources.clear(); }},
      {"no step", Code::corrupt, [](Recipe& r) { r.steps.clear(); }},
      {"its own value", Code::corrupt, [](Recipe& r) { r.steps[0].pieces[0].value = 1; }},
      {"a later value", Code::corrupt, [](Recipe& r) { r.steps[1].patch->value = 3; }},
      {"a range outside", Code::corrupt, [](Recipe& r) { r.steps[2].pieces[3].range.length += 1; }},
      {"a range that overflows", Code::corrupt,
       [](Recipe& r) {
         r.steps[0].pieces[0].range = {5, ~std::uint64_t{0}};
       }},
      {"a patch's range outside", Code::corrupt,
       [](Recipe& r) { r.steps[1].patch->range.offset = 1; }},
      {"an empty piece", Code::corrupt, [](Recipe& r) { r.steps[2].pieces[2].range.length = 0; }},
      {"more than the size", Code::corrupt,
       [](Recipe& r) { r.steps[2].pieces[2].range.length = r.steps[2].size + 1; }},
      {"payload out of order", Code::corrupt,
       [](Recipe& r) { r.steps[2].pieces[0].range.offset -= 1; }},
      {"an unknown coding", Code::corrupt, [](Recipe& r) { r.steps[2].pieces[1].coding = 2; }},
      {"an unknown codec", Code::unsupported,
       [](Recipe& r) { r.codings[1].codec = static_cast<CodecId>(99); }},
      {"an unknown format", Code::unsupported,
       [](Recipe& r) { r.steps[1].patch->format = static_cast<PatchFormat>(99); }},
      {"bad params", Code::corrupt, [](Recipe& r) { r.codings[1].params[3] = 15; }},
      {"a target without a hash", Code::corrupt, [](Recipe& r) { r.steps[2].sha256.reset(); }},
      {"a value without a hash", Code::corrupt, [](Recipe& r) { r.steps[2].pieces[3].value = 1; }},
      {"a value that nobody uses", Code::corrupt,
       [](Recipe& r) {
         r.steps[1].patch->value = 0, r.steps[1].patch->range = {0, 5};
       }},
      {"too large a value", Code::limit, [](Recipe& r) { r.steps[1].size = 1 << 21; }},
  };
  for (const Damage& damage : damages) {
    Example example;
    ASSERT_TRUE(check(example.recipe, test_limits));
    damage.apply(example.recipe);
    const Status status = check(example.recipe, test_limits);
    ASSERT_FALSE(status) << damage.name;
    EXPECT_EQ(status.error().code(), damage.code) << damage.name << ": " << status.error().text();
  }
}

TEST(Check, DepthAndEncoderMemoryAreLimits) {
  const Example example;
  const auto shallow = check(example.recipe, {1 << 20, 64 << 20, 2});
  ASSERT_FALSE(shallow);
  EXPECT_EQ(shallow.error().code(), Code::limit);
  const auto small = check(example.recipe, {1 << 20, 1 << 16, 16});
  ASSERT_FALSE(small);
  EXPECT_EQ(small.error().code(), Code::limit);
  EXPECT_NE(small.error().text().find("step 3: piece 2"), std::string::npos);
}

TEST(Needs, AreStated) {
  const Example example;
  const auto needs = assess(example.recipe, MemorySource(example.payload), 5 << 20, test_limits);
  ASSERT_TRUE(needs) << needs.error().text();
  EXPECT_GE(needs->memory, 5U << 20);
  // Unpacked and new content are there at one time; the target goes to its owner.
  EXPECT_EQ(needs->scratch, example.recipe.steps[0].size + example.recipe.steps[1].size);
  EXPECT_GT(needs->time, 0U);
  std::string names;
  for (const Capability& capability : needs->capabilities) {
    names += to_string(capability) + ";";
  }
  EXPECT_EQ(names, "sliver;decode zlib;encode zlib;");
  EXPECT_TRUE(check_capabilities(needs->capabilities));
  const std::vector<Capability> strange{{9, 0}, {200, 0x050401}};
  const auto missing = check_capabilities(strange);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), Code::unsupported);
}

}  // namespace
}  // namespace kerf::recipe
