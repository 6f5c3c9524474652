// What every container of the table must do.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "container/container.h"
#include "container/test_examples.h"

namespace kerf::container {
namespace {

using test::Example;
using test::examples;
using test::kLimits;

Result<std::optional<Listing>> look(Bytes bytes, const Limits& limits = kLimits) {
  return look_inside(MemorySource(bytes), limits);
}

// Whatever is done to a file: an error that is not our own mistake, or entries that tile.
void expect_sound(Bytes bytes, const std::string& what) {
  const MemorySource file(bytes);
  for (const Container* container : all_containers()) {
    const auto bits = container->probe(file);
    ASSERT_TRUE(bits) << what << ": " << container->name() << ": " << bits.error().text();
    if (*bits == 0) {
      continue;
    }
    const auto entries = container->entries(file, kLimits);
    if (entries) {
      const Status tiles = check_tiles(*entries, file.size());
      ASSERT_TRUE(tiles) << what << ": " << container->name() << ": " << tiles.error().text();
    } else {
      ASSERT_NE(entries.error().code(), Code::bug) << what << ": " << entries.error().text();
      ASSERT_NE(entries.error().code(), Code::io) << what << ": " << entries.error().text();
    }
  }
}

TEST(Containers, AllToolsWereThere) {
  if (!examples().missing.empty()) {
    GTEST_SKIP() << "no program " << examples().missing.front() << " here";
  }
}

TEST(Containers, EveryContainerHasAnExampleOrATestOfItsOwn) {
  std::set<std::string_view> seen{"esp32", "elf"};  // in their folders
  for (const Example& example : examples().list) {
    seen.insert(example.container);
  }
  for (const Container* container : all_containers()) {
    EXPECT_TRUE(seen.contains(container->name()) || !examples().missing.empty())
        << container->name();
  }
}

TEST(Containers, ListWhatIsInRealFiles) {
  for (const Example& example : examples().list) {
    SCOPED_TRACE(example.name);
    const auto listing = look(example.bytes);
    ASSERT_TRUE(listing) << listing.error().text();
    ASSERT_TRUE(listing->has_value());
    EXPECT_EQ((**listing).container->name(), example.container);
    std::map<std::string, std::string> found;
    std::set<std::string> named;
    for (const Entry& entry : (**listing).entries) {
      named.insert(entry.path);
      if (entry.role == Role::content) {
        found[entry.path] += test::content(MemorySource(example.bytes), entry);
      }
      if (entry.role == Role::padding && example.container != "ext4") {
        const std::string bytes = test::content(MemorySource(example.bytes), entry);
        EXPECT_EQ(bytes.find_first_not_of(example.container == "ar" ? '\n' : '\0'),
                  std::string::npos);
      }
    }
    for (const auto& [path, content] : example.members) {
      // The content of an empty file takes no bytes of the container.
      if (!content.empty()) {
        EXPECT_TRUE(found[path] == content) << path << ": " << found[path].size();
      } else if (example.container != "ext4") {
        EXPECT_TRUE(named.contains(path)) << path;
      }
    }
  }
}

TEST(Containers, EveryPrefixIsRefusedOrTiled) {
  for (const Example& example : examples().list) {
    const std::size_t size = example.bytes.size();
    const std::size_t step = std::max<std::size_t>(1, size / 150);
    for (std::size_t length = 0; length < size; length += length < 700 ? 7 : step) {
      expect_sound(Bytes(example.bytes).first(length), example.name);
    }
  }
}

TEST(Containers, EveryChangedByteIsRefusedOrTiled) {
  for (const Example& example : examples().list) {
    kerf::test::Random random(3);
    auto bytes = example.bytes;
    for (unsigned i = 0; i < 150; ++i) {
      // Headers are at the front of most, and at the end of some.
      const std::size_t range =
          i % 3 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 4096);
      std::size_t at = random.below(range);
      at = i % 3 == 1 ? bytes.size() - 1 - at : at;
      const std::uint8_t before = bytes[at];
      bytes[at] = i % 2 == 0 ? std::uint8_t{0xFF} : static_cast<std::uint8_t>(random.below(256));
      expect_sound(bytes, example.name + " with byte " + std::to_string(at) + " changed");
      bytes[at] = before;
    }
  }
}

// Fails the read with this number.
class FailingSource final : public Source {
 public:
  FailingSource(Bytes bytes, unsigned failing) : inner_(bytes), left_(failing) {}
  std::uint64_t size() const override { return inner_.size(); }
  Status read_at(std::uint64_t offset, MutBytes out) const override {
    if (left_-- == 0) {
      failed = true;
      return Error(Code::io, "the medium failed");
    }
    return inner_.read_at(offset, out);
  }
  mutable bool failed = false;

 private:
  MemorySource inner_;
  mutable unsigned left_;
};

TEST(Containers, AFailingMediumIsNotADamagedFile) {
  for (const Example& example : examples().list) {
    SCOPED_TRACE(example.name);
    for (unsigned failing = 0; failing < 400; failing += failing < 20 ? 1 : 37) {
      const FailingSource file(example.bytes, failing);
      const auto listing = look_inside(file, kLimits);
      if (!file.failed) {
        break;
      }
      ASSERT_FALSE(listing) << "read " << failing;
      EXPECT_EQ(listing.error().code(), Code::io) << listing.error().text();
    }
  }
}

TEST(Containers, HonourLimits) {
  for (const Example& example : examples().list) {
    SCOPED_TRACE(example.name);
    const bool compressed = example.members.contains("");
    const Limits limits{compressed ? 1000U : 1U << 20, compressed ? 64U << 20 : 100U, 1};
    std::vector<Error> refused;
    const auto listing = look_inside(MemorySource(example.bytes), limits, &refused);
    ASSERT_TRUE(listing) << listing.error().text();
    EXPECT_FALSE(listing->has_value());
    EXPECT_TRUE(std::any_of(refused.begin(), refused.end(),
                            [](const Error& error) { return error.code() == Code::limit; }));
  }
}

TEST(Containers, NothingInsideOtherFiles) {
  for (const unsigned values : {1U, 2U, 200U, 256U}) {
    const auto listing = look(kerf::test::noise(5000, 9, values));
    ASSERT_TRUE(listing);
    EXPECT_FALSE(listing->has_value());
  }
  const auto listing = look({});
  ASSERT_TRUE(listing);
  EXPECT_FALSE(listing->has_value());
}

TEST(CheckTiles, NoticesGapsOverlapsAndEnds) {
  const auto check = [](std::vector<Extent> extents, std::uint64_t size) {
    const std::vector<Entry> entries{{"a", Role::content, {}, std::move(extents), {}}};
    return check_tiles(entries, size).has_value();
  };
  EXPECT_TRUE(check({{0, 4}, {4, 2}}, 6));
  EXPECT_TRUE(check({{4, 2}, {0, 4}}, 6));
  EXPECT_FALSE(check({{0, 4}, {5, 1}}, 6));
  EXPECT_FALSE(check({{0, 4}, {3, 3}}, 6));
  EXPECT_FALSE(check({{0, 4}, {4, 2}}, 7));
  EXPECT_FALSE(check({{0, 4}, {4, 3}}, 6));
  EXPECT_FALSE(check({{0, 4}, {4, 0}, {4, 2}}, 6));
}

}  // namespace
}  // namespace kerf::container
