// Any bytes as a manifest and as an APK: no crash, and a name that is read is a name.
#include <cstdlib>

#include "package/apk/apk.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const kerf::Bytes bytes(data, size);
  const auto identity = kerf::apk::parse_manifest(bytes);
  if (identity && (identity->name.empty() || identity->name.find('/') != std::string::npos)) {
    std::abort();
  }
  const kerf::MemorySource source(bytes);
  const auto whole = kerf::apk::identify(source, {0, 1 << 20, 1});
  if (whole && !*kerf::apk::is_apk(source)) {
    std::abort();
  }
  return 0;
}
