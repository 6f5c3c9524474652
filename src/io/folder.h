// Directories: made durably, listed, cleaned, asked for their free space; and the lock of a program
// that must run once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/system.h"

namespace kerf::io {

// The directory that holds `path`: "." if there is no slash in it.
std::string directory_of(const std::string& path);

// Makes `path` and what is missing above it (0777 less the umask), each durable before the next. No
// error if it is there; Code::io if something else bears the name.
Status make_directories(const std::string& path);

struct FolderEntry {
  std::string name;
  enum class Kind : std::uint8_t { file, folder, other } kind = Kind::other;
};
// What is in a directory, sorted by name, without "." and "..". Links are `other`. Code::limit
// above a million entries.
Result<std::vector<FolderEntry>> list_folder(const std::string& path);

// Whether something bears this name: a broken link does.
bool exists(const std::string& path);
bool is_folder(const std::string& path);

// Removes the temporary files that kill -9 can leave behind in a directory (see io/temporaries.h).
// Only for directories in which nobody else is writing.
Status sweep_temporaries(const std::string& folder);

// Bytes that this user can still write into the file system of `path`.
Result<std::uint64_t> free_space(const std::string& path);

// An exclusive lock on the file `path`, which is made if missing. It lasts until the descriptor and
// every copy of it in child processes are closed. Code::denied if another process has it.
// `inherit`: the descriptor survives exec, so that children keep the lock.
Result<Descriptor> lock_file(const std::string& path, bool inherit);

}  // namespace kerf::io
