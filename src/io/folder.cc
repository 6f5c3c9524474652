#include "io/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "io/temporaries.h"

namespace kerf::io {

namespace {

constexpr std::size_t most_entries = 1'000'000;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

FolderEntry::Kind kind_of(int directory, const char* name) {
  struct stat info {};
  if (::fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return FolderEntry::Kind::other;
  }
  return S_ISREG(info.st_mode)   ? FolderEntry::Kind::file
         : S_ISDIR(info.st_mode) ? FolderEntry::Kind::folder
                                 : FolderEntry::Kind::other;
}

Status make_one(const std::string& path) {
  if (const int fault = injected_fault(Op::make_directory, path)) {
    return system_error("make the directory", path, fault);
  }
  if (::mkdir(path.c_str(), 0777) != 0) {
    return errno == EEXIST && is_folder(path) ? Status()
                                              : system_error("make the directory", path, errno);
  }
  return sync_directory(directory_of(path));
}

}  // namespace

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status make_directories(const std::string& path) {
  for (std::size_t at = 0; at < path.size();) {
    at = std::min(path.find('/', at + 1), path.size());
    const std::string part = path.substr(0, at);
    if (!is_folder(part)) {
      TRY(make_one(part));
    }
  }
  return {};
}

Result<std::vector<FolderEntry>> list_folder(const std::string& path) {
  if (const int fault = injected_fault(Op::list_directory, path)) {
    return system_error("list", path, fault);
  }
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
  if (directory == nullptr) {
    return system_error("list", path, errno);
  }
  std::vector<FolderEntry> entries;
  for (;;) {
    errno = 0;
    // readdir is safe here: nobody else has this stream.
    const dirent* entry = ::readdir(directory.get());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr) {
      if (errno != 0) {
        return system_error("list", path, errno);
      }
      break;
    }
    const std::string name = entry->d_name;
    if (name == "." || name == "..") {
      continue;
    }
    if (entries.size() == most_entries) {
      return Error(Code::limit, "more than a million entries").in(path);
    }
    entries.push_back({name, kind_of(::dirfd(directory.get()), name.c_str())});
  }
  std::ranges::sort(entries, {}, &FolderEntry::name);
  return entries;
}

bool exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

bool is_folder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

Status sweep_temporaries(const std::string& folder) {
  TRY_ASSIGN(const std::vector<FolderEntry> entries, list_folder(folder));
  for (const FolderEntry& entry : entries) {
    if (entry.kind == FolderEntry::Kind::file && is_temporary_name(entry.name)) {
      std::string path = folder;
      path += '/';
      path += entry.name;
      TRY(remove(path));
    }
  }
  return {};
}

Result<std::uint64_t> free_space(const std::string& path) {
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) {
    return system_error("ask for the free space of", path, errno);
  }
  return std::uint64_t{info.f_bavail} * std::uint64_t{info.f_frsize};
}

Result<Descriptor> lock_file(const std::string& path, bool inherit) {
  TRY_ASSIGN(Descriptor fd, open(path, O_RDWR | O_CREAT | O_NOFOLLOW));
  if (const int fault = injected_fault(Op::lock, path)) {
    return system_error("lock", path, fault);
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK
               ? Error(Code::denied, "locked: another process is at work here").in(path)
               : system_error("lock", path, errno);
  }
  if (inherit) {
    ::fcntl(fd.get(), F_SETFD, 0);
  }
  return fd;
}

}  // namespace kerf::io
