#include "package/apk/apk.h"

#include <gtest/gtest.h>

#include <map>

#include "io/file.h"
#include "io/folder.h"

namespace kerf::apk {
namespace {

constexpr Limits limits{.output = 0, .memory = 1 << 20, .depth = 1};

std::vector<std::uint8_t> load(const std::string& name) {
  const auto file = io::FileSource::open(KERF_TESTDATA "/" + name);
  EXPECT_TRUE(file) << file.error().text();
  return *read_all(*file, 1 << 20);
}

Result<Identity> from_manifest(const std::string& name) {
  return parse_manifest(load("manifest/" + name));
}

Result<Identity> from_package(const std::string& name) {
  const auto bytes = load("package/" + name);
  return identify(MemorySource(bytes), limits);
}

const Identity example{"org.example.app", 42, "1.2.3"};

TEST(ApkManifest, GoodOnes) {
  EXPECT_EQ(*from_manifest("good-utf8"), example);
  EXPECT_EQ(*from_manifest("good-no-names"), example);
  EXPECT_EQ(*from_manifest("good-utf16"),
            (Identity{"org.example.app", 42, "1.2-\xce\xb2\xf0\x9f\x98\x80"}));
  EXPECT_EQ(from_manifest("good-hexadecimal")->version_code, 0x80000001U);
  EXPECT_EQ(from_manifest("good-major")->version_code, (std::uint64_t{3} << 32) + 42);
  EXPECT_EQ(from_manifest("good-long-version")->version_name, std::string(300, 'v'));
}

TEST(ApkManifest, BadOnesAreNamed) {
  const std::map<std::string, std::string> says{
      {"bad-empty", "ends"},
      {"bad-text", "cannot stand here"},
      {"bad-truncated", "damaged or cut short"},
      {"bad-no-package", "names no package"},
      {"bad-package-name", "is no Android package name"},
      {"bad-no-code", "no versionCode"},
      {"bad-code-reference", "reference to a resource"},
      {"bad-code-text", "versionCode is not a number"},
      {"bad-other-element", "not <manifest>"},
      {"bad-no-strings", "before the strings"},
      {"bad-no-element", "no <manifest>"},
      {"bad-attribute-count", "do not fit"},
      {"bad-attribute-size", "do not fit"},
      {"bad-attribute-start", "do not fit"},
      {"bad-chunk-size-zero", "cannot stand here"},
      {"bad-chunk-size-huge", "cannot stand here"},
      {"bad-string-count", "more than it has room for"},
      {"bad-strings-start", "more than it has room for"},
      {"bad-string-offset", "outside the string pool"},
      {"bad-long-string", "5000 characters"},
  };
  const auto files = io::list_folder(KERF_TESTDATA "/manifest");
  ASSERT_TRUE(files);
  std::size_t bad = 0;
  for (const io::FolderEntry& file : *files) {
    if (!file.name.starts_with("bad-")) {
      continue;
    }
    ++bad;
    SCOPED_TRACE(file.name);
    ASSERT_TRUE(says.contains(file.name));
    const auto identity = from_manifest(file.name);
    ASSERT_FALSE(identity);
    EXPECT_NE(identity.error().text().find(says.at(file.name)), std::string::npos)
        << identity.error().text();
    EXPECT_TRUE(identity.error().offset());
  }
  EXPECT_EQ(bad, says.size());
}

TEST(ApkManifest, NoPrefixIsGood) {
  const auto whole = load("manifest/good-utf8");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parse_manifest(Bytes(whole).first(length))) << length;
  }
}

TEST(Apk, GoodOnes) {
  EXPECT_EQ(*from_package("good-deflated"), example);
  EXPECT_EQ(*from_package("good-stored"), example);
}

TEST(Apk, BadOnesAreNamed) {
  for (const auto& [name, says] : std::map<std::string, std::string>{
           {"bad-empty", "not a ZIP archive"},
           {"bad-truncated", "not a ZIP archive"},
           {"bad-no-manifest", "no AndroidManifest.xml"},
           {"bad-two-manifests", "two entries AndroidManifest.xml"},
           {"bad-damaged", "AndroidManifest.xml: its compressed data are damaged"},
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
