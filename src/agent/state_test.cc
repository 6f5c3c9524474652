// The record of the device: what is written is what is read, whatever happens in between.
#include "agent/state.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "agent/result_codes.h"
#include "agent/source_cache.h"
#include "io/folder.h"
#include "io/test_support.h"

namespace kerf::agent {
namespace {

using io::Faults;
using io::Op;
using io::TestFolder;

BlobId id_of(std::string_view text) {
  return {text.size(), sha256(as_bytes(text))};
}

State example() {
  State state;
  state.installed["app"] = {"1.0 \"x\"", "apk", StoredSource{"p-app-1", id_of("one")}};
  state.installed["map"] = {"7", "zip", {}};
  state.pending = Pending{.phase = Phase::retaining,
                          .name = "app",
                          .version = "2",
                          .from_version = "1",
                          .type = "apk",
                          .file = "new.apk",
                          .id = id_of("two"),
                          .keep = true,
                          .reboot = true,
                          .way = "delta"};
  state.reboot_in = "boot 1";
  return state;
}

TEST(StateFile, RoundTrip) {
  const TestFolder folder;
  const std::string path = folder.file("state.json");
  ASSERT_TRUE(save_state(example(), path));
  const auto loaded = load_state(path);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(*loaded, example());
}

TEST(StateFile, MissingIsEmpty) {
  const TestFolder folder;
  const auto loaded = load_state(folder.file("state.json"));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(*loaded, State());
}

TEST(StateFile, DamageIsNoticed) {
  const TestFolder folder;
  ASSERT_TRUE(save_state(example(), folder.file("good")));
  const std::string good = folder.content("good");
  const auto replaced = [&](const std::string& what, const std::string& by) {
    std::string text = good;
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), by);
  };
  for (const std::string& bad :
       {std::string(), std::string("[]"), good.substr(0, good.size() / 2),
        replaced("\"format\": 1", "\"format\": 2"), replaced("retaining", "resting"),
        replaced("new.apk", "../apk"), replaced("p-app-1", "/p"),
        replaced("\"keep\": true", "\"keep\": 1"), replaced("\"size\": 3", "\"size\": -3"),
        replaced("\"sha256\": \"", "\"sha256\": \"z"),
        replaced("\"version\": \"7\"", "\"version\": 7")}) {
    folder.put("bad", bad);
    const auto loaded = load_state(folder.file("bad"));
    ASSERT_FALSE(loaded) << bad;
    EXPECT_EQ(code_of(loaded.error()), ResultCode::state_damaged) << loaded.error().text();
    EXPECT_NE(loaded.error().text().find("bad"), std::string::npos);
  }
}

TEST(StateFile, EveryFailureLeavesTheOldOrTheNew) {
  const TestFolder folder;
  const std::string path = folder.file("state.json");
  State next = example();
  next.pending.reset();
  for (std::size_t fail_at = 0;; ++fail_at) {
    ASSERT_TRUE(save_state(example(), path));
    bool failed = false;
    {
      const Faults faults([&, count = std::size_t{0}](Op, const std::string&) mutable {
        return count++ >= fail_at ? EIO : 0;
      });
      failed = !save_state(next, path);
    }
    ASSERT_TRUE(io::sweep_temporaries(folder.path()));
    EXPECT_EQ(folder.names(), std::set<std::string>{"state.json"});
    const auto loaded = load_state(path);
    ASSERT_TRUE(loaded) << loaded.error().text();
    EXPECT_TRUE(*loaded == example() || *loaded == next);
    if (!failed) {
      EXPECT_EQ(*loaded, next);
      EXPECT_GT(fail_at, 5U);
      break;
    }
  }
}

TEST(SourceCache, NamesAreSafeAndDiffer) {
  const Sha256 a = sha256(as_bytes("a"));
  const Sha256 b = sha256(as_bytes("b"));
  const std::string name = SourceCache::file_name("../x y", "1:2/3", "a/k", a);
  EXPECT_EQ(name.find('/'), std::string::npos) << name;
  EXPECT_NE(name, SourceCache::file_name("../x y", "1_2_3", "a/k", b));
  EXPECT_LT(SourceCache::file_name(std::string(5000, 'n'), std::string(5000, 'v'), "apk", a).size(),
            250U);
}

TEST(SourceCache, StoresOpensAndSweeps) {
  const TestFolder folder;
  const SourceCache cache(folder.file("sources"));
  const std::string path = folder.put("new.apk", "package");
  ASSERT_TRUE(cache.store(path, "p-a", id_of("package")));
  EXPECT_FALSE(io::exists(path));
  // Done once more after a power cut: the file has moved already.
  ASSERT_TRUE(cache.store(path, "p-a", id_of("package")));
  EXPECT_FALSE(cache.store(path, "p-a", id_of("other")));
  EXPECT_TRUE(cache.open({"p-a", id_of("package")}));

  folder.put("sources/p-b", "older");
  folder.put("sources/photo.jpg", "not ours");
  ASSERT_TRUE(cache.sweep({"p-a"}));
  EXPECT_TRUE(io::exists(folder.file("sources/p-a")));
  EXPECT_FALSE(io::exists(folder.file("sources/p-b")));
  EXPECT_TRUE(io::exists(folder.file("sources/photo.jpg")));
  ASSERT_TRUE(SourceCache(folder.file("none")).sweep({}));
}

TEST(SourceCache, TellsAbsentFromChanged) {
  const TestFolder folder;
  const SourceCache cache(folder.path());
  folder.put("p-a", "packagX");
  EXPECT_EQ(code_of(cache.open({"p-a", id_of("package")}).error()), ResultCode::source_changed);
  EXPECT_EQ(code_of(cache.open({"p-b", id_of("package")}).error()), ResultCode::source_absent);
}

}  // namespace
}  // namespace kerf::agent
