#include "io/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace kerf::io {

Result<AppendFile> AppendFile::open(const std::string& path) {
  TRY_ASSIGN(Descriptor fd,
             io::open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) {
    return system_error("examine", path, errno);
  }
  if (!S_ISREG(info.st_mode)) {
    return Error(Code::denied, "not a regular file: remove it").in(path);
  }
  return AppendFile(std::move(fd), static_cast<std::uint64_t>(info.st_size), path);
}

Status AppendFile::write(Bytes bytes) {
  TRY(write_all(fd_.get(), bytes, path_));
  size_ += bytes.size();
  return {};
}

Status AppendFile::truncate(std::uint64_t size) {
  if (size >= size_) {
    return {};
  }
  if (const int fault = injected_fault(Op::truncate, path_)) {
    return system_error("shorten", path_, fault);
  }
  if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) {
    return system_error("shorten", path_, errno);
  }
  size_ = size;
  return {};
}

Status AppendFile::sync() {
  return io::sync(fd_.get(), path_);
}

}  // namespace kerf::io
