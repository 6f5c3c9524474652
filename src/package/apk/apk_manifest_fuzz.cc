// Any bytes as a manifest: no crash, and a name that is read is a name.
#include <cstdlib>

#include "package/apk/apk.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto identity = kerf::apk::parse_manifest({data, size});
  if (identity && (identity->name.empty() || identity->name.find('/') != std::string::npos)) {
    std::abort();
  }
  return 0;
}
