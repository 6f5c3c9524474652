#include "io/file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <limits>

#include "base/extent.h"
#include "io/folder.h"
#include "io/temporaries.h"

namespace kerf::io {

namespace {

constexpr std::size_t write_buffer_size = std::size_t{128} << 10;

Result<std::uint64_t> size_of(int fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) {
    return system_error("examine", path, errno);
  }
  if (S_ISREG(info.st_mode)) {
    return static_cast<std::uint64_t>(info.st_size);
  }
  if (S_ISBLK(info.st_mode)) {
    std::uint64_t size = 0;
    if (::ioctl(fd, BLKGETSIZE64, &size) != 0) {
      return system_error("get the size of", path, errno);
    }
    return size;
  }
  return Error(Code::unsupported, S_ISDIR(info.st_mode)
                                      ? "this is a directory: name a file"
                                      : "neither a regular file nor a block device")
      .in(path);
}

// Opens a file to be read. Opening a pipe without a writer would wait for one; here it is refused
// afterwards by size_of.
Result<Descriptor> open_to_read(const std::string& path) {
  return io::open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

}  // namespace

Result<FileSource> FileSource::open(const std::string& path) {
  TRY_ASSIGN(Descriptor fd, open_to_read(path));
  TRY_ASSIGN(const std::uint64_t size, size_of(fd.get(), path));
  return FileSource(std::move(fd), size, path);
}

Status FileSource::read_at(std::uint64_t offset, MutBytes out) const {
  if (!Extent{offset, out.size()}.within(size_)) {
    return Error(Code::truncated, "read of " + std::to_string(out.size()) +
                                      " bytes passes the end (" + std::to_string(size_) + " bytes)")
        .at(offset)
        .in(path_);
  }
  return pread_all(fd_.get(), offset, out, path_);
}

Result<MappedFile> MappedFile::open(const std::string& path) {
  TRY_ASSIGN(const Descriptor fd, open_to_read(path));
  TRY_ASSIGN(const std::uint64_t size, size_of(fd.get(), path));
  return of(fd.get(), size, path);
}

Result<MappedFile> MappedFile::of(int fd, std::uint64_t size, const std::string& path) {
  if (size > std::numeric_limits<std::size_t>::max() / 2) {
    return Error(Code::limit, "file too large for this machine's address space").in(path);
  }
  if (size == 0) {
    return MappedFile(nullptr, 0);
  }
  TRY_ASSIGN(const std::uint8_t* data, map(fd, static_cast<std::size_t>(size), path));
  return MappedFile(data, static_cast<std::size_t>(size));
}

MappedFile::MappedFile(MappedFile&& other) noexcept : data_(other.data_), size_(other.size_) {
  other.data_ = nullptr;
  other.size_ = 0;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) {
    ::munmap(const_cast<std::uint8_t*>(data_), size_);
  }
}

void MappedFile::release_pages() const {
  if (data_ != nullptr) {
    ::madvise(const_cast<std::uint8_t*>(data_), size_, MADV_DONTNEED);
  }
}

OutputFile::OutputFile(std::string path, std::string directory, bool overwrite, bool replaces)
    : path_(std::move(path)),
      directory_(std::move(directory)),
      overwrite_(overwrite),
      replaces_(replaces) {
  buffer_.reserve(write_buffer_size);
}

Result<std::unique_ptr<OutputFile>> OutputFile::create(const std::string& path, bool overwrite) {
  if (path.empty() || path.back() == '/') {
    return Error(Code::denied, "this names no file: name a file to write").in(path);
  }
  struct stat info {};
  const bool exists = ::lstat(path.c_str(), &info) == 0;
  if (exists) {
    if (S_ISDIR(info.st_mode)) {
      return Error(Code::denied, "this is a directory: name a file to write").in(path);
    }
    if (!overwrite) {
      return Error(Code::denied, "the file exists already; use --force to replace it").in(path);
    }
    if (!S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode)) {
      return Error(Code::denied, "only a regular file can be replaced").in(path);
    }
  }
  std::unique_ptr<OutputFile> file(new OutputFile(path, directory_of(path), overwrite, exists));
  if (can_link_unnamed()) {
    if (auto unnamed = io::open(file->directory_, O_TMPFILE | O_RDWR)) {
      file->fd_ = *std::move(unnamed);
    }
  }
  if (file->fd_.get() < 0) {
    TRY_ASSIGN(file->temporary_, reserve_temporary(path));
    auto named = io::open(file->temporary_, O_CREAT | O_EXCL | O_RDWR);
    if (!named) {
      return Error(named.error().code(), named.error().what()).in(path);  // the name that is known
    }
    file->fd_ = *std::move(named);
  }
  if (exists && S_ISREG(info.st_mode)) {
    ::fchmod(file->fd_.get(), info.st_mode & 0777);  // FAT and the like have no say in it
  }
  return file;
}

OutputFile::~OutputFile() {
  if (!temporary_.empty() && !committed_) {
    discard_temporary(temporary_);
  }
}

Status OutputFile::flush() {
  TRY(write_all(fd_.get(), buffer_, path_));
  buffer_.clear();
  return {};
}

Status OutputFile::write(Bytes bytes) {
  if (buffer_.size() + bytes.size() > write_buffer_size) {
    TRY(flush());
  }
  if (bytes.size() >= write_buffer_size) {
    TRY(write_all(fd_.get(), bytes, path_));
  } else {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
  size_ += bytes.size();
  return {};
}

namespace {

// The unfinished file, through the writer's own descriptor: what is verified is what gets renamed.
class WrittenSource final : public Source {
 public:
  WrittenSource(int fd, std::uint64_t size, std::string path)
      : fd_(fd), size_(size), path_(std::move(path)) {}
  std::uint64_t size() const override { return size_; }
  Status read_at(std::uint64_t offset, MutBytes out) const override {
    if (!Extent{offset, out.size()}.within(size_)) {
      return Error(Code::truncated, "read passes the end of what was written").at(offset).in(path_);
    }
    return pread_all(fd_, offset, out, path_);
  }

 private:
  int fd_;
  std::uint64_t size_;
  std::string path_;
};

}  // namespace

Result<std::unique_ptr<Source>> OutputFile::read_back() {
  TRY(flush());
  return std::unique_ptr<Source>(new WrittenSource(fd_.get(), size_, path_));
}

Status OutputFile::commit() {
  TRY(flush());
  TRY(sync(fd_.get(), path_));
  if (temporary_.empty() && !overwrite_) {
    TRY(link_unnamed(fd_.get(), path_));
  } else {
    if (temporary_.empty()) {
      TRY_ASSIGN(temporary_, reserve_temporary(path_));
      TRY(link_unnamed(fd_.get(), temporary_));
    }
    TRY(rename(temporary_, path_, overwrite_));
    forget_temporary(temporary_);
  }
  committed_ = true;
  auto synced = sync_directory(directory_);
  if (!synced && !replaces_) {
    TRY(remove(path_));  // what replaced nothing can be taken back
  }
  return synced;
}

Status StandardOutput::write(Bytes bytes) {
  return write_all(STDOUT_FILENO, bytes, "standard output");
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat info_a {};
  struct stat info_b {};
  return ::stat(a.c_str(), &info_a) == 0 && ::stat(b.c_str(), &info_b) == 0 &&
         info_a.st_dev == info_b.st_dev && info_a.st_ino == info_b.st_ino;
}

}  // namespace kerf::io
