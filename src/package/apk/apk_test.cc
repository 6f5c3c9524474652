#include "package/apk/apk.h"

#include <gtest/gtest.h>

#include <map>

#include "io/file.h"

namespace kerf::apk {
namespace {

constexpr Limits limits{.output = 0, .memory = 1 << 20, .depth = 1};

std::vector<std::uint8_t> load(const std::string& name) {
  const auto file = io::FileSource::open(KERF_TESTDATA "/" + name);
  EXPECT_TRUE(file) << file.error().text();
  return *read_all(*file, 1 << 20);
}

Result<Identity> from_package(const std::string& name) {
  const auto bytes = load("package/" + name);
  return identify(MemorySource(bytes), limits);
}

const Identity example{"org.example.app", 42, "1.2.3"};

TEST(Apk, GoodOnes) {
  EXPECT_EQ(*from_package("good-deflated"), example);
  EXPECT_EQ(*from_package("good-stored"), example);
}

TEST(Apk, BadOnesAreNamed) {
  for (const auto& [name, says] : std::map<std::string, std::string>{
           {"bad-empty", "this is no APK: ZIP: "},
           {"bad-truncated", "this is no APK: ZIP: "},
           {"bad-no-manifest", "no AndroidManifest.xml"},
           {"bad-two-manifests", "two entries have the same name"},
           {"bad-damaged", "AndroidManifest.xml: ZIP: "},
           {"bad-encrypted", "encrypted"},
       }) {
    SCOPED_TRACE(name);
    const auto identity = from_package(name);
    ASSERT_FALSE(identity);
    EXPECT_NE(identity.error().text().find(says), std::string::npos) << identity.error().text();
  }
}

TEST(Apk, TheManifestIsBounded) {
  const auto bytes = load("package/good-deflated");
  EXPECT_EQ(identify(MemorySource(bytes), {0, 100, 1}).error().code(), Code::limit);
}

TEST(Apk, IsRecognisedByItsManifest) {
  for (const auto& [name, apk] : std::map<std::string, bool>{
           {"good-deflated", true}, {"bad-no-manifest", false}, {"bad-empty", false}}) {
    const auto bytes = load("package/" + name);
    EXPECT_EQ(*is_apk(MemorySource(bytes)), apk) << name;
  }
}

// A medium that fails is not a bad package.
TEST(Apk, ErrorsOfTheMediumAreTold) {
  struct Failing final : Source {
    std::uint64_t size() const override { return 1000; }
    Status read_at(std::uint64_t, MutBytes) const override {
      return Error(Code::io, "the medium failed");
    }
  };
  EXPECT_EQ(identify(Failing(), limits).error().code(), Code::io);
  EXPECT_EQ(is_apk(Failing()).error().code(), Code::io);
}

}  // namespace
}  // namespace kerf::apk
