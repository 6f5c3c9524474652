#include <gtest/gtest.h>

#include "publish/package_list/repository_for_tests.h"

namespace kerf::publish {
namespace {

class Publishing : public RepositoryTest {};

// Whatever operation fails: the lists are the old ones or the new ones, complete, and the next run
// ends where an undisturbed one would have.
TEST_F(Publishing, InterruptedAnywhereItGoesOn) {
  ASSERT_TRUE(publish({map("1.0")}));
  const auto first = everything();
  ASSERT_TRUE(publish({map("1.1"), map("2.0")}));
  const auto second = everything();

  const auto restore = [&] {
    std::filesystem::remove_all(repository());
    for (const auto& [name, bytes] : first) {
      std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
      put(name, bytes);
    }
  };
  auto again = options({map("1.1"), map("2.0")});
  again.threads = 1;
  std::size_t operations = 0;
  {
    restore();
    io::Faults count([](io::Op, const std::string&) { return 0; });
    ASSERT_TRUE(publish_package_list(again));
    operations = count.operations.size();
  }
  ASSERT_GT(operations, 50U);
  for (std::size_t at = 0; at < operations; ++at) {
    SCOPED_TRACE(at);
    restore();
    {
      std::size_t number = 0;
      io::Faults faults([&](io::Op, const std::string&) { return number++ >= at ? EIO : 0; });
      static_cast<void>(publish_package_list(again).has_value());
    }
    for (const char* file : {"package-list", "update-locations"}) {
      EXPECT_TRUE(content(file) == first.at(file) || content(file) == second.at(file)) << file;
    }
    const auto finished = publish_package_list(again);
    ASSERT_TRUE(finished) << finished.error().text();
    ASSERT_EQ(everything(), second);
  }
}

}  // namespace
}  // namespace kerf::publish
