// The VCDIFF files of ../shared/vectors/vcdiff (or $KERF_SHARED/vectors/vcdiff), through both
// readers: every one must be accepted or refused as its manifest says.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

#include "patch/vcdiff/vcdiff.h"

namespace kerf::vcdiff {
namespace {

namespace fs = std::filesystem;
using Blob = std::vector<std::uint8_t>;

// Some vectors make more than this, and must be refused for it.
constexpr Limits limits{std::uint64_t{100} << 20, std::uint64_t{65} << 20, 1};

fs::path vectors() {
  if (const char* shared = std::getenv("KERF_SHARED")) {
    return fs::path(shared) / "vectors/vcdiff";
  }
  for (fs::path at = fs::path(KERF_SOURCE_FOLDER);; at = at.parent_path()) {
    if (fs::is_directory(at / "shared/vectors/vcdiff")) {
      return at / "shared/vectors/vcdiff";
    }
    if (at == at.parent_path()) {
      return {};
    }
  }
}

Blob content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in),
                                std::istreambuf_iterator<char>()};
  return {bytes.begin(), bytes.end()};
}

// The one vector that is too large to be stored: 200000 windows of one byte.
Blob many_tiny_windows() {
  Blob patch{0xd6, 0xc3, 0xc4, 0, 0};
  constexpr std::uint8_t window[] = {0, 7, 1, 0, 1, 1, 0, 'x', 2};
  for (int i = 0; i < 200'000; ++i) {
    patch.insert(patch.end(), std::begin(window), std::end(window));
  }
  return patch;
}

struct Tally {
  int accepted = 0;
  int refused = 0;
};

class Vectors : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = vectors();
    if (folder_.empty()) {
      GTEST_SKIP() << "no ../shared/vectors/vcdiff here (KERF_SHARED names another folder)";
    }
  }

  static void refused(const Status& status) {
    ASSERT_FALSE(status);
    EXPECT_TRUE(status.error().offset()) << status.error().text();
    EXPECT_NE(status.error().code(), Code::bug);
    EXPECT_NE(status.error().code(), Code::io);
  }

  void check(const PatchReader& reader, const nlohmann::json& entry, const std::string& expected,
             Tally& tally) {
    const std::string name = entry["name"];
    const Blob old_file = content(folder_ / std::string(entry["source"]));
    const Blob patch = name == "h59_many_tiny_windows"
                           ? many_tiny_windows()
                           : content(folder_ / std::string(entry["patch"]));
    MemorySink made(limits.output);
    const ApplyOptions options{.limits = limits, .old_sha256 = {}, .new_sha256 = {}};
    const Status status =
        reader.recognises(Bytes(patch).first(std::min<std::size_t>(64, patch.size())))
            ? reader.apply(MemorySource(old_file), MemorySource(patch), made, options)
            : Status(Error(Code::unsupported, "not recognised").at(0));
    const auto info = reader.info(MemorySource(patch), limits);
    if (expected == "ACCEPT" || (expected != "REJECT" && status)) {
      ++tally.accepted;
      ASSERT_TRUE(status) << status.error().text();
      if (entry["target"].is_string()) {
        const Blob target = content(folder_ / std::string(entry["target"]));
        EXPECT_TRUE(std::ranges::equal(made.view(), target));
      }
      ASSERT_TRUE(info) << info.error().text();
      EXPECT_EQ(info->new_size, made.view().size());
      EXPECT_LE(info->min_old_size, old_file.size());
      if (&reader == &vcdiff::reader()) {
        EXPECT_EQ(info->profile == "updater", entry["expect_strict"] == "ACCEPT") << info->profile;
      }
    } else {
      ++tally.refused;
      refused(status);
      if (!info) {
        EXPECT_TRUE(info.error().offset()) << info.error().text();
      }
    }
  }

  nlohmann::json manifest_of(const std::string& group) const {
    return nlohmann::json::parse(content(folder_ / group / "MANIFEST.json"));
  }

  void check_all(const std::string& group) {
    const auto manifest = manifest_of(group);
    Tally full;
    Tally strict;
    for (const auto& entry : manifest) {
      SCOPED_TRACE(std::string(entry["name"]));
      {
        SCOPED_TRACE("full");
        check(reader(), entry, entry["expect_full"], full);
      }
      {
        SCOPED_TRACE("updater");
        check(updater_reader(), entry, entry["expect_strict"], strict);
      }
    }
    std::printf("%s: %zu files; full reader: %d accepted, %d refused; updater: %d, %d\n",
                group.c_str(), manifest.size(), full.accepted, full.refused, strict.accepted,
                strict.refused);
    EXPECT_GT(full.accepted, 0);
    EXPECT_GT(strict.refused, 0);
  }

  fs::path folder_;
};

TEST_F(Vectors, MadeByOtherPrograms) {
  check_all("golden");
}

// What info() says of other programs against what they did.
TEST_F(Vectors, AppliersAreThoseThatWereSeenToApply) {
  const std::pair<std::string, std::string> programs[] = {{"xdelta3 3.0 and 3.1", "xd3011"},
                                                          {"xdelta3 3.2", "xd320"},
                                                          {"open-vcdiff", "ov"},
                                                          {"HDiffPatch", "hpatchz"}};
  int compared = 0;
  for (const auto& entry : manifest_of("golden")) {
    const auto info =
        reader().info(MemorySource(content(folder_ / std::string(entry["patch"]))), limits);
    if (!info) {
      continue;
    }
    for (const auto& [name, key] : programs) {
      const bool applies = std::ranges::count(info->appliers, name) == 1;
      EXPECT_EQ(applies, entry["observed"][key] == "ok") << entry["name"] << " " << name;
      EXPECT_NE(applies, std::ranges::count(info->refusers, name, [](const auto& refuser) {
                           return refuser.first;
                         }) == 1);
      ++compared;
    }
  }
  EXPECT_GT(compared, 1000);
}

// Whatever the full reader takes can be written again for every profile, and makes the same file.
TEST_F(Vectors, RewrittenForEveryProfile) {
  constexpr std::uint64_t small_window = least_window;
  int rewritten = 0;
  for (const char* group : {"golden", "hostile"}) {
    for (const auto& entry : manifest_of(group)) {
      SCOPED_TRACE(std::string(entry["name"]));
      if (entry["expect_full"] != "ACCEPT" || !entry["target"].is_string()) {
        continue;
      }
      const Blob old_file = content(folder_ / std::string(entry["source"]));
      const Blob patch = content(folder_ / std::string(entry["patch"]));
      const Blob target = content(folder_ / std::string(entry["target"]));
      for (const char* profile : {"updater", "xdelta3", "open-vcdiff"}) {
        Form form = *form_of(profile);
        for (const std::uint64_t window : {most_window_of(form), small_window}) {
          form.window = window;
          const ApplyOptions options{.limits = limits, .old_sha256 = {}, .new_sha256 = {}};
          MemorySink sink(limits.output);
          const auto made =
              rewrite(MemorySource(old_file), MemorySource(patch), form, options, sink);
          ASSERT_TRUE(made) << made.error().text();
          EXPECT_EQ(made->sha256, sha256(target));
          const bool updater = std::string_view(profile) == "updater";
          MemorySink again(limits.output);
          const Status applied =
              (updater ? updater_reader() : reader())
                  .apply(MemorySource(old_file), MemorySource(sink.view()), again, options);
          ASSERT_TRUE(applied) << applied.error().text();
          EXPECT_TRUE(std::ranges::equal(again.view(), target));
          const auto info = reader().info(MemorySource(sink.view()), limits);
          ASSERT_TRUE(info);
          EXPECT_EQ(info->profile, profile);
          ++rewritten;
        }
      }
    }
  }
  EXPECT_GT(rewritten, 1000);
}

TEST_F(Vectors, MadeByHand) {
  check_all("hostile");
}

TEST_F(Vectors, OfOpenVcdiffsOwnTests) {
  const fs::path own = folder_ / "open-vcdiff-testdata";
  for (const char* name : {"allocates_4gb.vcdiff", "size-overflow-delta"}) {
    SCOPED_TRACE(name);
    const Blob old_file = content(own / "size-overflow-dictionary");
    const Blob patch = content(own / name);
    MemorySink made(limits.output);
    refused(reader().apply(MemorySource(old_file), MemorySource(patch), made,
                           {.limits = limits, .old_sha256 = {}, .new_sha256 = {}}));
  }
}

}  // namespace
}  // namespace kerf::vcdiff
