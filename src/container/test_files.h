// What the tests of containers share: limits, files, programs, contents.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/test_bytes.h"
#include "container/container.h"
#include "io/file.h"
#include "io/test_support.h"

namespace kerf::container::test {

constexpr Limits kLimits{std::uint64_t{1} << 30, std::uint64_t{64} << 20, 8};

using Vector = std::vector<std::uint8_t>;

// Runs `command` by a shell in `folder`.
inline bool run(const std::string& folder, const std::string& command) {
  return std::system(("cd '" + folder + "' && (" + command + ") >/dev/null 2>log").c_str()) == 0;
}

inline bool have(const std::string& tool) {
  return std::system(("PATH=$PATH:/usr/sbin:/sbin command -v " + tool + " >/dev/null").c_str()) ==
         0;
}

inline Vector load(const std::string& path) {
  const auto file = io::FileSource::open(path);
  EXPECT_TRUE(file) << file.error().text();
  auto bytes = read_all(*file, std::uint64_t{1} << 30);
  EXPECT_TRUE(bytes);
  return *std::move(bytes);
}

inline std::string text(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

// All that an entry holds, unpacked if it is packed.
inline std::string content(const Source& file, const Entry& entry) {
  Vector bytes(static_cast<std::size_t>(entry.size()));
  MutBytes left(bytes);
  for (const Extent& extent : entry.extents) {
    EXPECT_TRUE(file.read_at(extent.offset, left.first(static_cast<std::size_t>(extent.length))));
    left = left.subspan(static_cast<std::size_t>(extent.length));
  }
  if (!entry.packed) {
    return text(bytes);
  }
  MemorySink plain(kLimits.output);
  const auto decoded = find_codec(*entry.packed)->decode(MemorySource(bytes), plain, kLimits);
  EXPECT_TRUE(decoded) << decoded.error().text();
  EXPECT_EQ(decoded->packed, bytes.size());
  EXPECT_EQ(entry.unpacked_size.value_or(decoded->plain), decoded->plain);
  return text(plain.view());
}

}  // namespace kerf::container::test
