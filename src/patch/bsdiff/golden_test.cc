// Patches that were frozen when the format was: they apply for ever, and bad ones are refused for
// ever with the same code. testdata/MANIFEST says what to expect.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "io/file.h"
#include "patch/patch.h"

namespace kerf {
namespace {

TEST(BsdiffGolden, EveryPatchDoesWhatTheManifestSays) {
  const std::string folder = KERF_TESTDATA;
  const auto old = io::FileSource::open(folder + "/old.bin");
  ASSERT_TRUE(old) << old.error().text();
  std::ifstream manifest(folder + "/MANIFEST");
  std::size_t good = 0;
  std::size_t bad = 0;
  for (std::string line; std::getline(manifest, line);) {
    std::istringstream words(line);
    std::string name;
    std::string expected;
    std::string digest;
    words >> name >> expected >> digest;
    const auto patch = io::FileSource::open(std::string(folder).append("/").append(name));
    ASSERT_TRUE(patch) << patch.error().text();
    const auto reader = find_reader(*patch);
    ASSERT_TRUE(reader) << name;
    MemorySink out(1 << 20);
    const auto status = (*reader)->apply(
        *old, *patch, out, {.limits = {1 << 20, 16 << 20, 1}, .old_sha256 = {}, .new_sha256 = {}});
    if (expected == "ok") {
      EXPECT_TRUE(status) << name << ": " << status.error().text();
      EXPECT_EQ(to_hex(sha256(out.view())), digest) << name;
      ++good;
    } else {
      EXPECT_FALSE(status) << name;
      if (!status) {
        EXPECT_EQ(code_name(status.error().code()), expected)
            << name << ": " << status.error().text();
      }
      ++bad;
    }
  }
  EXPECT_GE(good, 8U);
  EXPECT_GE(bad, 30U);
}

}  // namespace
}  // namespace kerf
