// ZIP packages are unpacked below a root folder of the device, and nowhere else.
#pragma once

#include <string>

#include "base/limits.h"
#include "base/observer.h"
#include "io/source.h"

namespace kerf::agent {

// Unpacks all of `package` below `root`. Everything is checked before the first file is written:
// ResultCode::zip_unsafe for names that are absolute, climb, repeat or hold what file systems do
// not take, for links, devices and encrypted entries, and above the limits (`output` for the bytes
// in all, `memory` for the directory); target_damaged for a checksum that does not hold. Then each
// file replaces what bore its name by a rename; folders are made as needed. Symbolic links on the
// way below the root are refused (unpack_failed), also those that appear meanwhile. Not all files
// change at one moment: after a failure or a power cut, unpacking again completes it. Needs /proc.
Status unpack_zip(const Source& package, const std::string& root, const Limits& limits,
                  Observer* observer);

}  // namespace kerf::agent
