// How the parts of the linter collect what they find.
#pragma once

#include <string>
#include <vector>

#include "publish/package_list/lint.h"

namespace kerf::publish {

class Findings {
 public:
  explicit Findings(std::vector<Finding>& all) : all_(all) {}
  void error(std::string check, std::string place, std::string what) {
    all_.push_back({Severity::error, std::move(check), std::move(place), std::move(what)});
  }
  void warning(std::string check, std::string place, std::string what) {
    all_.push_back({Severity::warning, std::move(check), std::move(place), std::move(what)});
  }
  void note(std::string check, std::string place, std::string what) {
    all_.push_back({Severity::note, std::move(check), std::move(place), std::move(what)});
  }

 private:
  std::vector<Finding>& all_;
};

}  // namespace kerf::publish
