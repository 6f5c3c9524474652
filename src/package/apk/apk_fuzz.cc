// Any bytes as an APK: no crash, and what says who it is, is one.
#include <cstdlib>

#include "package/apk/apk.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const kerf::MemorySource source({data, size});
  const auto whole = kerf::apk::identify(source, {0, 1 << 20, 1});
  if (whole && !*kerf::apk::is_apk(source)) {
    std::abort();
  }
  return 0;
}
