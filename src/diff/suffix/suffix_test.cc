#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "base/extent.h"
#include "base/test_bytes.h"
#include "diff/engine.h"
#include "diff/suffix/parser.h"
#include "patch/bsdiff/prices.h"

namespace kerf {
namespace {

using suffix::SeedFilter;
using suffix::SuffixArray;

constexpr Limits roomy{0, std::numeric_limits<std::uint64_t>::max(), 0};

std::uint64_t naive_longest(Bytes text, Bytes pattern) {
  std::size_t longest = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    longest = std::max(longest, common_prefix(text.subspan(i), pattern));
  }
  return longest;
}

TEST(SuffixArray, FindsWhatANaiveSearchFinds) {
  for (const unsigned values : {1U, 2U, 5U, 256U}) {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{9}, std::size_t{700}}) {
      const auto text = test::noise(size, size + values, values);
      const auto to = test::edited(text, 3, 20);
      for (const auto width : {SuffixArray::Width::automatic, SuffixArray::Width::wide}) {
        const auto array = SuffixArray::build(text, roomy, width);
        ASSERT_TRUE(array);
        for (std::size_t at = 0; at + 3 <= to.size(); ++at) {
          const Bytes pattern = Bytes(to).subspan(at);
          const auto longest = naive_longest(text, pattern);
          const auto matches = (*array)->search(pattern, 3);
          // The table of prefixes hides matches shorter than three bytes, which nobody asks for.
          ASSERT_EQ(matches.count > 0, longest >= 3) << values << " " << size << " " << at;
          std::uint64_t previous = longest;
          for (std::size_t i = 0; i < matches.count; ++i) {
            const auto& match = matches.found[i];
            EXPECT_EQ(i == 0, i == 0 && match.length == longest);
            EXPECT_LE(match.length, previous);
            EXPECT_TRUE(
                std::ranges::equal(Bytes(text).subspan(static_cast<std::size_t>(match.from),
                                                       static_cast<std::size_t>(match.length)),
                                   pattern.first(static_cast<std::size_t>(match.length))));
            previous = match.length;
          }
        }
      }
    }
  }
}

TEST(SuffixArray, RefusesWhatDoesNotFitItsMemory) {
  const auto text = test::noise(10'000, 1, 256);
  const auto array = SuffixArray::build(text, {0, 40'000, 0});
  ASSERT_FALSE(array);
  EXPECT_EQ(array.error().code(), Code::limit);
  EXPECT_TRUE(SuffixArray::build(text, {0, 50'000, 0}));
}

TEST(SeedFilter, NeverMissesASeed) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{8}, std::size_t{5'000}}) {
    const auto text = test::noise(size, 4, 256);
    const SeedFilter filter(text);
    for (std::size_t i = 0; i + SeedFilter::seed_length <= size; ++i) {
      EXPECT_TRUE(filter.may_contain(text.data() + i));
    }
  }
  const auto text = test::noise(100'000, 5, 256);
  const SeedFilter filter(text);
  const auto other = test::noise(100'000, 6, 256);
  std::size_t passed = 0;
  for (std::size_t i = 0; i + SeedFilter::seed_length <= other.size(); ++i) {
    passed += filter.may_contain(other.data() + i) ? 1U : 0U;
  }
  EXPECT_LT(passed, other.size() * 3 / 4);
  EXPECT_LE(SeedFilter::memory(100'000), 25'000U);
}

Script diff(Bytes from, Bytes to, const CostModel& prices, unsigned threads = 1) {
  const EngineOptions options{roomy, threads, nullptr};
  const auto source = suffix_engine().prepare(from, options);
  EXPECT_TRUE(source);
  auto script = (*source)->diff(to, prices, options);
  EXPECT_TRUE(script);
  return *std::move(script);
}

// The pieces lie inside the source, none is empty, and together they are as long as the target.
void expect_covers(const Script& script, Bytes from, Bytes to) {
  std::uint64_t made = 0;
  for (const auto& piece : script) {
    if (const auto* copy = std::get_if<Copy>(&piece)) {
      EXPECT_TRUE((Extent{copy->from, copy->length}.within(from.size())));
      EXPECT_GT(copy->length, 0U);
      made += copy->length;
    } else {
      EXPECT_GT(std::get<Add>(piece).length, 0U);
      made += std::get<Add>(piece).length;
    }
  }
  EXPECT_EQ(made, to.size());
}

TEST(SuffixEngine, CoversTargetsOfEveryKind) {
  for (const CostModel& prices : bsdiff::price_sets()) {
    for (const unsigned values : {1U, 3U, 256U}) {
      for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{3'000}}) {
        const auto old = test::noise(size, 1, values);
        for (const auto& fresh : {test::edited(old, 2, 40), test::noise(size / 2, 9, values),
                                  std::vector<std::uint8_t>()}) {
          expect_covers(diff(old, fresh, prices), old, fresh);
          expect_covers(diff(fresh, old, prices), fresh, old);
        }
      }
    }
  }
}

TEST(SuffixEngine, AnUnchangedFileIsOneCopy) {
  const auto old = test::noise(100'000, 1, 256);
  EXPECT_EQ(diff(old, old, bsdiff::price_sets()[0]), Script({Copy{0, old.size()}}));
}

TEST(SuffixEngine, FindsAMoveAnInsertionAndADeletion) {
  const auto old = test::noise(50'000, 1, 256);
  const auto inserted = test::noise(700, 2, 256);
  std::vector<std::uint8_t> fresh(old.begin() + 30'000, old.end());
  fresh.insert(fresh.end(), inserted.begin(), inserted.end());
  fresh.insert(fresh.end(), old.begin(), old.begin() + 10'000);
  fresh.insert(fresh.end(), old.begin() + 12'000, old.begin() + 30'000);
  const Script script = diff(old, fresh, bsdiff::price_sets()[0]);
  EXPECT_EQ(script,
            Script({Copy{30'000, 20'000}, Add{700}, Copy{0, 10'000}, Copy{12'000, 18'000}}));
}

TEST(SuffixEngine, ScatteredChangesStayInOneCopy) {
  const auto old = test::noise(60'000, 1, 256);
  auto fresh = old;
  for (std::size_t i = 20; i < fresh.size(); i += 40) {
    fresh[i] = static_cast<std::uint8_t>(fresh[i] + 3);
  }
  EXPECT_EQ(diff(old, fresh, bsdiff::price_sets()[0]), Script({Copy{0, old.size()}}));
}

TEST(SuffixEngine, TheScriptDoesNotDependOnThreads) {
  const auto old = test::noise(4'400'000, 1, 256);
  const auto fresh = test::edited(old, 2, 300);
  const CostModel& prices = bsdiff::price_sets()[0];
  const Script one = diff(old, fresh, prices, 1);
  EXPECT_EQ(one, diff(old, fresh, prices, 3));
  expect_covers(one, old, fresh);
  // A copy that passes the border between two stretches is one piece.
  EXPECT_EQ(diff(old, old, prices, 2), Script({Copy{0, old.size()}}));
}

// Nearly all equal, periodic, or a run of another length: what makes naive matchers quadratic. Not
// timed; a quadratic engine would not end within the time limit that every test has.
TEST(SuffixEngine, RepetitiveFilesEnd) {
  std::vector<std::uint8_t> zeros(2'000'000);
  auto speckled = zeros;
  test::Random random(7);
  for (int i = 0; i < 200; ++i) {
    speckled[random.below(speckled.size())] = static_cast<std::uint8_t>(random.below(256));
  }
  std::vector<std::uint8_t> runs97;
  std::vector<std::uint8_t> runs98;
  for (unsigned i = 0; i < 5'000; ++i) {
    runs97.insert(runs97.end(), 97, static_cast<std::uint8_t>(i));
    runs98.insert(runs98.end(), 98, static_cast<std::uint8_t>(i));
  }
  const CostModel& prices = bsdiff::price_sets()[0];
  expect_covers(diff(zeros, speckled, prices), zeros, speckled);
  expect_covers(diff(speckled, zeros, prices), speckled, zeros);
  expect_covers(diff(Bytes(zeros).first(1000), zeros, prices), Bytes(zeros).first(1000), zeros);
  expect_covers(diff(runs97, runs98, prices), runs97, runs98);
}

struct StopAt final : Observer {
  explicit StopAt(std::string_view given) : stage(given) {}
  Status progress(std::string_view seen, std::uint64_t, std::uint64_t) override {
    return seen == stage ? Status(Error(Code::cancelled, "enough")) : Status();
  }
  std::string_view stage;
};

TEST(SuffixEngine, StopsWhenAsked) {
  const auto old = test::noise(10'000, 1, 256);
  StopAt at_sort("sort");
  const auto none = suffix_engine().prepare(old, {roomy, 1, &at_sort});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), Code::cancelled);
  StopAt at_match("match");
  const EngineOptions options{roomy, 2, &at_match};
  const auto source = suffix_engine().prepare(old, options);
  ASSERT_TRUE(source);
  const auto script = (*source)->diff(old, bsdiff::price_sets()[0], options);
  ASSERT_FALSE(script);
  EXPECT_EQ(script.error().code(), Code::cancelled);
}

}  // namespace
}  // namespace kerf
