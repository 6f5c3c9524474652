// What every version of every scanner finds is frozen: a change of these numbers is a change of the
// format, and needs a new version of the scanner, not a new number here.
#include <gtest/gtest.h>

#include "base/test_bytes.h"
#include "refs/test_support.h"

namespace kerf::refs {
namespace {

// FNV-1a over all that a field says.
std::uint64_t digest(const std::vector<Field>& fields) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&](std::uint64_t value) {
    for (unsigned i = 0; i < 8; ++i) {
      hash = (hash ^ (value >> 8 * i & 255)) * 0x100000001b3;
    }
  };
  for (const Field& field : fields) {
    mix(field.position);
    mix(static_cast<std::uint64_t>(field.kind));
    mix(field.target);
    mix(field.base);
    mix(static_cast<std::uint64_t>(field.anchor));
    mix(field.region);
  }
  return hash;
}

struct Golden {
  Machine machine;
  Scanner scanner;
  std::uint64_t base;
  std::size_t fields;
  std::uint64_t digest;
};

constexpr Golden golden[] = {
    // GOLDEN
};

TEST(Golden, ScannersFindWhatTheyAlwaysFound) {
  for (const Golden& one : golden) {
    const auto bytes = ::kerf::test::lively(50000, 11, one.base);
    const Image image = test::image_of(one.machine, one.scanner, one.base, bytes);
    const auto fields = test::scan_all(image, bytes, test::small_geometry);
    const bool same = fields.size() == one.fields && digest(fields) == one.digest;
    char line[128];
    std::snprintf(line, sizeof line, "%d %d %llx: %zu, 0x%llx", static_cast<int>(one.machine),
                  static_cast<int>(one.scanner), static_cast<unsigned long long>(one.base),
                  fields.size(), static_cast<unsigned long long>(digest(fields)));
    EXPECT_TRUE(same) << line;
  }
}

}  // namespace
}  // namespace kerf::refs
