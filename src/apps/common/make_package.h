// Two versions in, one kerf package out that has been applied and compared before anybody sees it.
#pragma once

#include "apps/common/make_patch.h"
#include "plan/package.h"

namespace kerf::apps {

struct MadePackage {
  MadePatch ids;
  std::uint64_t streams = 0;  // that are unpacked for the difference and packed again on the device
  std::vector<plan::Left> left;
  std::vector<plan::Part> parts;
};

// As make_patch, for a package; `options.trailer` is not used, `options.key` signs the package,
// `options.profile` is one of sliver's. `device_memory`: what a step may take on the device.
Result<MadePackage> make_package(Bytes from, Bytes to, std::uint64_t device_memory,
                                 const MakeOptions& options, Output& out);

}  // namespace kerf::apps
