// Any bytes as update-locations: no crash, and what is read comes back unchanged from what is
// written.
#include <cstdlib>

#include "package/list/expand.h"
#include "package/list/list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kerf::package_list;
  const auto locations = parse_update_locations({data, size}, list_limits());
  if (!locations) {
    return 0;
  }
  if (*parse_update_locations(kerf::as_bytes(to_text(*locations)), list_limits()) != *locations) {
    std::abort();
  }
  for (const std::string& list : locations->lists) {
    const auto place = expand(list);
    if (place && join_url("https://server/list", *place).find("/../") != std::string::npos) {
      std::abort();
    }
  }
  return 0;
}
