// Whether the device has been restarted since.
#pragma once

#include <string>

#include "base/result.h"

namespace kerf::agent {

constexpr const char* kernel_boot_id = "/proc/sys/kernel/random/boot_id";

// The text in `path`, which is another one after each start of the kernel.
Result<std::string> boot_id(const std::string& path = kernel_boot_id);

}  // namespace kerf::agent
