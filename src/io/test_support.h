// What tests that touch files share: a folder of their own, and faults on demand.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "io/system.h"

namespace kerf::io {

// A new empty folder, removed with all its content at the end.
class TestFolder {
 public:
  TestFolder() {
    std::string pattern = testing::TempDir() + "/kerf-test-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) {
      std::perror("mkdtemp");
      std::abort();
    }
    path_ = pattern;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  // Creates a file with this content and returns its path.
  std::string put(const std::string& name, std::string_view content) const {
    std::ofstream(file(name), std::ios::binary) << content;
    return file(name);
  }
  std::string content(const std::string& name) const {
    std::ifstream in(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  // Names of everything inside, hidden files included.
  std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      found.insert(entry.path().filename());
    }
    return found;
  }

 private:
  std::string path_;
};

// Injects what `decide` says (an errno, 0 for none) as long as it lives.
class Faults final : public FaultInjector {
 public:
  explicit Faults(std::function<int(Op, const std::string&)> decide) : decide_(std::move(decide)) {
    set_fault_injector(this);
  }
  ~Faults() override { set_fault_injector(nullptr); }
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;
  int before(Op op, const std::string& path) override {
    operations.push_back(op);
    return decide_(op, path);
  }

  std::vector<Op> operations;  // everything asked so far

 private:
  std::function<int(Op, const std::string&)> decide_;
};

}  // namespace kerf::io
