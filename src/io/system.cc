#include "io/system.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace kerf::io {

namespace {

FaultInjector* g_injector = nullptr;

std::string_view advice(int error_number) {
  switch (error_number) {
    case ENOENT:
      return "check the path";
    case EACCES:
    case EPERM:
      return "check the permissions of the file and its directory";
    case ENOSPC:
    case EDQUOT:
      return "free some space there, or write elsewhere";
    case EISDIR:
      return "name a file, not a directory";
    case EROFS:
      return "the file system is read-only: write elsewhere";
    case EIO:
      return "the medium may be failing: see the kernel's log";
    default:
      return {};
  }
}

}  // namespace

void set_fault_injector(FaultInjector* injector) {
  g_injector = injector;
}

int injected_fault(Op op, const std::string& path) {
  return g_injector == nullptr ? 0 : g_injector->before(op, path);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Error system_error(std::string_view verb, const std::string& path, int error_number) {
  std::string what = "cannot " + std::string(verb) + ": " + std::strerror(error_number);
  if (const std::string_view hint = advice(error_number); !hint.empty()) {
    what += " (" + std::string(hint) + ")";
  }
  return Error(Code::io, std::move(what)).in(path);
}

Result<Descriptor> open(const std::string& path, int flags, mode_t mode) {
  if (const int fault = injected_fault(Op::open, path)) {
    return system_error("open", path, fault);
  }
  for (;;) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (fd >= 0) {
      return Descriptor(fd);
    }
    if (errno != EINTR) {
      return system_error((flags & O_ACCMODE) == O_RDONLY ? "open" : "create", path, errno);
    }
  }
}

Status pread_all(int fd, std::uint64_t offset, MutBytes out, const std::string& path) {
  while (!out.empty()) {
    if (const int fault = injected_fault(Op::read, path)) {
      return system_error("read", path, fault);
    }
    const ssize_t got = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      return system_error("read", path, errno);
    }
    if (got == 0) {
      return Error(Code::truncated, "the file became shorter while it was read")
          .at(offset)
          .in(path);
    }
    out = out.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

Status write_all(int fd, Bytes bytes, const std::string& path) {
  while (!bytes.empty()) {
    if (const int fault = injected_fault(Op::write, path)) {
      return system_error("write", path, fault);
    }
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0) {
      if (errno == EINTR) {
        continue;
      }
      return system_error("write", path, errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Result<std::size_t> read_some(int fd, MutBytes out, const std::string& path) {
  for (;;) {
    if (const int fault = injected_fault(Op::read, path)) {
      return system_error("read", path, fault);
    }
    const ssize_t got = ::read(fd, out.data(), out.size());
    if (got >= 0) {
      return static_cast<std::size_t>(got);
    }
    if (errno != EINTR) {
      return system_error("read", path, errno);
    }
  }
}

Status sync(int fd, const std::string& path) {
  if (const int fault = injected_fault(Op::sync, path)) {
    return system_error("sync", path, fault);
  }
  if (::fsync(fd) != 0 && errno != EINVAL &&
      errno != ENOTSUP) {  // pipes and some FUSE have no fsync
    return system_error("sync", path, errno);
  }
  return {};
}

Status sync_directory(const std::string& directory) {
  if (const int fault = injected_fault(Op::sync_directory, directory)) {
    return system_error("sync", directory, fault);
  }
  TRY_ASSIGN(const Descriptor fd, open(directory, O_RDONLY | O_DIRECTORY));
  return sync(fd.get(), directory);
}

namespace {

Error exists_already(const std::string& path) {
  return Error(Code::denied,
               "a file of this name has appeared meanwhile; use --force to replace it")
      .in(path);
}

}  // namespace

Status rename(const std::string& from, const std::string& to, bool replace) {
  if (const int fault = injected_fault(Op::rename, to)) {
    return system_error("rename the finished file into place", to, fault);
  }
  int result = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(),
                           replace ? 0U : static_cast<unsigned>(RENAME_NOREPLACE));
  if (result != 0 && !replace && (errno == EINVAL || errno == ENOSYS)) {
    // This file system knows no RENAME_NOREPLACE: the gap between look and act stays open there.
    if (::access(to.c_str(), F_OK) == 0) {
      return exists_already(to);
    }
    result = ::rename(from.c_str(), to.c_str());
  }
  if (result != 0) {
    return errno == EEXIST && !replace
               ? exists_already(to)
               : system_error("rename the finished file into place", to, errno);
  }
  return {};
}

bool can_link_unnamed() {
  return ::access("/proc/self/fd", X_OK) == 0;
}

Status link_unnamed(int fd, const std::string& to) {
  if (const int fault = injected_fault(Op::link, to)) {
    return system_error("give the finished file its name", to, fault);
  }
  const std::string self = "/proc/self/fd/" + std::to_string(fd);
  if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    return errno == EEXIST ? exists_already(to)
                           : system_error("give the finished file its name", to, errno);
  }
  return {};
}

Result<const std::uint8_t*> map(int fd, std::size_t size, const std::string& path) {
  if (const int fault = injected_fault(Op::map, path)) {
    return system_error("map", path, fault);
  }
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (data == MAP_FAILED) {
    return system_error("map", path, errno);
  }
  return static_cast<const std::uint8_t*>(data);
}

Status remove(const std::string& path) {
  if (const int fault = injected_fault(Op::remove, path)) {
    return system_error("remove", path, fault);
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return system_error("remove", path, errno);
  }
  return {};
}

}  // namespace kerf::io
