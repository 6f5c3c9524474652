// Archives and images for the tests, made by the programs that users have.
#pragma once

#include <map>

#include "container/test_files.h"

namespace kerf::container::test {

struct Example {
  std::string name;
  std::string container;
  Vector bytes;
  // What its members hold, by path: packed ones unpacked. Of a compressed file: "".
  std::map<std::string, std::string> members;
};

struct Examples {
  std::vector<Example> list;
  std::vector<std::string> missing;  // programs that are not here: their examples are left out
};

// Makes them once, and says loudly which programs are missing.
const Examples& examples();

}  // namespace kerf::container::test
