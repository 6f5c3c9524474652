#include "package/kerf/package.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "io/test_support.h"
#include "package/kerf/format.h"
#include "recipe/test_recipe.h"

namespace kerf::package {
namespace {

using Vector = std::vector<std::uint8_t>;
using recipe::Example;
using recipe::test_limits;

Vector package_of(const Example& example, const trust::PrivateKey* key = nullptr) {
  MemorySink out(std::uint64_t{1} << 20);
  const Status status =
      write(example.recipe, MemorySource(example.payload), 1 << 20, key, test_limits, out);
  EXPECT_TRUE(status) << status.error().text();
  return std::move(out).take();
}

Status apply(Bytes file, Bytes source, Sink& to, const Limits& limits = test_limits,
             const trust::PublicKey* key = nullptr) {
  const MemorySource whole(file);
  TRY_ASSIGN(const Package opened, Package::open(whole, key, limits));
  const MemorySource old_file(source);
  const Source* const sources[] = {&old_file};
  const auto workshop = recipe::temporary_workshop(1 << 20);
  return opened.apply(sources, to, *workshop, limits, nullptr, 1);
}

TEST(Package, SaysWhatItIsAndMakesTheTarget) {
  const Example example;
  const Vector file = package_of(example);
  const MemorySource whole(file);
  const auto opened = Package::open(whole, nullptr, test_limits);
  ASSERT_TRUE(opened) << opened.error().text();
  const Manifest& manifest = opened->manifest();
  EXPECT_EQ(manifest.sources, example.recipe.sources);
  EXPECT_EQ(manifest.target, example.target_id());
  EXPECT_EQ(manifest.sections.size(), 2U);  // the patch, the literal
  EXPECT_EQ(manifest.needs.capabilities.size(), 3U);
  EXPECT_GE(manifest.needs.memory, 1U << 20);
  EXPECT_EQ(manifest.needs.memory % 1024, 0U);
  MemorySink made(std::uint64_t{1} << 20);
  const Status status = apply(file, example.source, made);
  ASSERT_TRUE(status) << status.error().text();
  EXPECT_TRUE(std::ranges::equal(made.view(), example.target));
}

TEST(Package, EveryPrefixIsRefused) {
  const Example example;
  const Vector file = package_of(example);
  for (std::size_t length = 0; length < file.size(); length += length < 600 ? 1 : 97) {
    const MemorySource part(Bytes(file).first(length));
    const auto opened = Package::open(part, nullptr, test_limits);
    ASSERT_FALSE(opened) << length;
    EXPECT_EQ(opened.error().code(), Code::truncated) << length << opened.error().text();
  }
  Vector longer = file;
  longer.push_back(0);
  const MemorySource more(longer);
  EXPECT_FALSE(Package::open(more, nullptr, test_limits));
}

TEST(Package, EveryByteIsChecked) {
  const Example example;
  const Vector file = package_of(example);
  for (std::size_t at = 0; at < file.size(); ++at) {
    Vector damaged = file;
    damaged[at] ^= 32;
    MemorySink made(std::uint64_t{1} << 20);
    EXPECT_FALSE(apply(damaged, example.source, made)) << at;
  }
}

TEST(Package, LimitsAreAskedBeforeAnythingIsWritten) {
  const Example example;
  const Vector file = package_of(example);
  MemorySink made(std::uint64_t{1} << 20);
  const Status status =
      apply(file, example.source, made, {std::uint64_t{1} << 20, std::uint64_t{1} << 19, 16});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::limit);
  EXPECT_TRUE(made.view().empty());
}

// A key pair in PEM files, made for this test.
struct Keys {
  io::TestFolder folder;
  std::string private_path = folder.put("key", R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
)");
};

TEST(Signature, IsAskedFor) {
  const Example example;
  const Keys keys;
  const auto key = trust::load_private_key(keys.private_path);
  ASSERT_TRUE(key) << key.error().text();
  const trust::PublicKey owner = trust::public_of(*key);
  const Vector file = package_of(example, &*key);
  MemorySink made(std::uint64_t{1} << 20);
  const Status status = apply(file, example.source, made, test_limits, &owner);
  ASSERT_TRUE(status) << status.error().text();
  EXPECT_TRUE(std::ranges::equal(made.view(), example.target));

  trust::PublicKey changed = owner;
  changed.raw[3] ^= 1;
  const trust::PublicKey stranger = changed;
  for (const auto& [bytes, whose] :
       {std::pair(file, &stranger), std::pair(package_of(example), &owner)}) {
    MemorySink nothing(std::uint64_t{1} << 20);
    const Status refused = apply(bytes, example.source, nothing, test_limits, whose);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::denied);
  }
  const MemorySource whole(file);
  const auto opened = Package::open(whole, &owner, test_limits);
  ASSERT_TRUE(opened);
  for (std::size_t at = 0; at < opened->payload_offset(); ++at) {
    Vector damaged = file;
    damaged[at] ^= 8;
    const MemorySource other(damaged);
    EXPECT_FALSE(Package::open(other, &owner, test_limits)) << at;
  }
}

// docs/formats/kerf-package.md has this package in hexadecimal.
TEST(Document, ItsExampleIsWhatIsWrittenAndRead) {
  std::ifstream document(KERF_PACKAGE_DOCUMENT);
  std::vector<std::string> blocks;
  bool inside = false;
  for (std::string line; std::getline(document, line);) {
    if (line == "```hex") {
      blocks.emplace_back();
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      std::ranges::copy_if(line, std::back_inserter(blocks.back()),
                           [](char c) { return c != ' '; });
    }
  }
  ASSERT_EQ(blocks.size(), 1U);
  const std::string hello = "hello, hello, hello";
  const std::string goodbye = "hello, goodbye";
  recipe::Recipe recipe;
  const Bytes source = as_bytes(hello);
  const Bytes target = as_bytes(goodbye);
  recipe.sources = {{source.size(), sha256(source)}};
  recipe::Step step;
  step.size = target.size();
  step.sha256 = sha256(target);
  step.pieces = {{recipe::PieceKind::copy, 0, {0, 7}, 0},
                 {recipe::PieceKind::literal, 0, {0, 7}, 0}};
  recipe.steps = {step};
  MemorySink out(1000);
  ASSERT_TRUE(write(recipe, MemorySource(as_bytes("goodbye")), 0, nullptr, test_limits, out));
  EXPECT_EQ(to_hex(out.view()), blocks[0]);
  const auto written = from_hex(blocks[0]);
  ASSERT_TRUE(written);
  MemorySink made(100);
  const Status status = apply(*written, source, made);
  ASSERT_TRUE(status) << status.error().text();
  EXPECT_TRUE(std::ranges::equal(made.view(), target));
}

}  // namespace
}  // namespace kerf::package
