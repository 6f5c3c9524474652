// Names of temporary files, and the promise that they do not outlive the process.
#pragma once

#include <string>

#include "base/result.h"

namespace kerf::io {

// Creates an empty file ".NAME.kerf-XXXXXX" beside `path` and returns its path. It is removed when
// the process is ended by a signal (see remove_temporaries_on_signal) unless forgotten before.
Result<std::string> reserve_temporary(const std::string& path);
// The file has got its final name, or is gone.
void forget_temporary(const std::string& temporary);
// Removes the file and forgets it. Errors are ignored: there is nobody left to tell.
void discard_temporary(const std::string& temporary);

}  // namespace kerf::io
