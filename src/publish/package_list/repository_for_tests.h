// A repository of three versions of one TTPKG and one ZIP, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/test_bytes.h"
#include "io/test_support.h"
#include "package/list/list.h"
#include "publish/package_list/publish.h"

namespace kerf::publish {

class RepositoryTest : public testing::Test {
 protected:
  RepositoryTest() {
    auto bytes = test::noise(20000, 7, 200);
    for (const char* version : {"1.0", "1.1", "2.0"}) {
      input_.put(std::string("map-") + version + ".ttpkg", text(bytes));
      bytes = test::edited(bytes, bytes.size(), 20);
    }
    input_.put("extra.zip", std::string("PK\5\6", 4) + std::string(18, '\0'));
  }

  static std::string text(const std::vector<std::uint8_t>& bytes) {
    return {bytes.begin(), bytes.end()};
  }

  PackageFile map(const std::string& version) const {
    return inspect("map-" + version + ".ttpkg", "map", version);
  }
  PackageFile zip() const { return inspect("extra.zip", {}, "1"); }
  PackageFile inspect(const std::string& file, const std::optional<std::string>& name,
                      const std::optional<std::string>& version) const {
    auto package = inspect_package(input_.file(file), name, version, nullptr);
    if (!package) {
      ADD_FAILURE() << package.error().text();
      return {};
    }
    return *std::move(package);
  }

  PublishOptions options(std::vector<PackageFile> packages) const {
    PublishOptions made;
    made.repository = repository();
    made.packages = std::move(packages);
    made.memory = 1 << 24;
    made.threads = 2;
    return made;
  }

  Result<PublishReport> publish(std::vector<PackageFile> packages) const {
    return publish_package_list(options(std::move(packages)));
  }

  std::string repository() const { return folder_.file("repository"); }
  std::string path(const std::string& file) const { return repository() + "/" + file; }
  std::string content(const std::string& file) const {
    return folder_.content("repository/" + file);
  }
  void put(const std::string& file, std::string_view bytes) const {
    folder_.put("repository/" + file, bytes);
  }
  bool there(const std::string& file) const { return std::filesystem::exists(path(file)); }

  package_list::PackageList list() const {
    return *package_list::parse_package_list(as_bytes(content("package-list")),
                                             package_list::list_limits());
  }
  void put_list(const package_list::PackageList& changed) const {
    put("package-list", package_list::to_text(changed));
  }

  // Path and content of every file, hidden ones too.
  std::map<std::string, std::string> everything() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(repository())) {
      if (entry.is_regular_file()) {
        const std::string name = std::filesystem::relative(entry.path(), repository()).string();
        files[name] = content(name);
      }
    }
    return files;
  }

  io::TestFolder input_;
  io::TestFolder folder_;
};

inline constexpr const char* delta_10_20 = "updates/map/1.0_to_2.0.vcdiff";
inline constexpr const char* delta_11_20 = "updates/map/1.1_to_2.0.vcdiff";

}  // namespace kerf::publish
