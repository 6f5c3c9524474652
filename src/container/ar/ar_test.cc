#include "container/ar/ar.h"

#include <gtest/gtest.h>

#include "container/test_files.h"

namespace kerf::container {
namespace {

std::string member(std::string name, std::string_view data, std::string size = {}) {
  name.resize(48, ' ');
  size = size.empty() ? std::to_string(data.size()) : size;
  size.resize(10, ' ');
  std::string out = name + size + "`\n" + std::string(data);
  out.resize((out.size() + 1) & ~std::size_t{1}, '\n');
  return out;
}

Result<std::vector<Entry>> list(const std::string& members) {
  const std::string archive = "!<arch>\n" + members;
  const MemorySource file(as_bytes(archive));
  auto entries = ar().entries(file, test::kLimits);
  if (entries) {
    EXPECT_TRUE(check_tiles(*entries, file.size()));
  }
  return entries;
}

std::string content_of(const Result<std::vector<Entry>>& entries) {
  std::string paths;
  if (!entries) {
    return entries.error().text();
  }
  for (const Entry& entry : *entries) {
    paths += entry.role == Role::content ? entry.path + ";" : "";
  }
  return paths;
}

TEST(Ar, NamesOfAllKinds) {
  EXPECT_EQ(content_of(list(member("short/", "a") + member("debian-binary", "b") +
                            member("//", "a long name/\nanother/\n") + member("/13", "c") +
                            member("/99", "d") + member("#1/4", "bsd!e"))),
            "short;debian-binary;another;99;bsd!;");
}

TEST(Ar, RefusesDamage) {
  const auto code = [](const std::string& members) {
    const auto entries = list(members);
    EXPECT_FALSE(entries);
    return entries ? Code::bug : entries.error().code();
  };
  EXPECT_EQ(code(member("a/", "data", "99")), Code::truncated);
  EXPECT_EQ(code(member("a/", "data", "x")), Code::corrupt);
  EXPECT_EQ(code(member("#1/9", "data")), Code::corrupt);
  EXPECT_EQ(code(member("a/", "data") + std::string(60, 'x')), Code::corrupt);
}

}  // namespace
}  // namespace kerf::container
