// Names of temporary files, and the promise that they do not outlive the process.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace kerf::io {

// A new random name ".NAME.kerf-XXXXXXXXXXXX" beside `path`, for a file that the caller creates.
// What bears it is removed when the process is ended by a signal (see remove_temporaries_on_signal)
// unless the name is forgotten before. Code::io if the system has no random numbers.
Result<std::string> reserve_temporary(const std::string& path);
// Whether a file name (without directory) is one that reserve_temporary gives.
bool is_temporary_name(std::string_view name);
// The file has got its final name, or is gone.
void forget_temporary(const std::string& temporary);
// Removes the file, if there is one, and forgets it. Errors are ignored: there is nobody left to
// tell.
void discard_temporary(const std::string& temporary);

}  // namespace kerf::io
