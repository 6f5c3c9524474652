// Any bytes as a package list and as a key list: no crash, and what is read comes back unchanged
// from what is written.
#include <cstdlib>

#include "package/list/effective.h"
#include "package/list/expand.h"
#include "package/list/list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kerf::package_list;
  const kerf::Bytes bytes(data, size);
  if (const auto keys = parse_key_list(bytes, list_limits())) {
    if (*parse_key_list(kerf::as_bytes(to_text(*keys)), list_limits()) != *keys) {
      std::abort();
    }
  }
  auto list = parse_package_list(bytes, list_limits());
  if (!list) {
    return 0;
  }
  if (*parse_package_list(kerf::as_bytes(to_text(*list)), list_limits()) != *list) {
    std::abort();
  }
  static_cast<void>(effective_packages({&*list, 1}).has_value());
  for (const Package& package : list->packages) {
    for (const auto& pattern : {package.path, package.diff_path}) {
      if (!pattern) {
        continue;
      }
      const auto place = expand(*pattern, {package.version, package.version, package.name});
      if (!place) {
        continue;
      }
      if (!place->is_url && ("/" + place->text + "/").find("/../") != std::string::npos) {
        std::abort();
      }
      if (join_url("https://server/list", *place).find("/../") != std::string::npos) {
        std::abort();
      }
    }
  }
  return 0;
}
