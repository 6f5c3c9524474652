// Any bytes as a package: no crash, and what is called whole stays within its limits.
#include <cstdlib>

#include "agent/archive/apk_signature.h"
#include "agent/archive/check.h"
#include "agent/archive/zip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kerf;
  using namespace kerf::agent;
  constexpr Limits limits{1 << 20, 1 << 20, 1};
  const MemorySource package({data, size});
  const bool apk = check_integrity(package, "apk", limits).has_value();
  const bool zip = check_integrity(package, "zip", limits).has_value();
  if (apk && !zip) {
    std::abort();  // an APK is a ZIP file
  }
  static_cast<void>(check_integrity(package, "ttpkg", limits).has_value());
  static_cast<void>(check_apk_signature(package).has_value());
  return 0;
}
