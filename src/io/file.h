// Files: read at random, mapped, and written so that a failure leaves nothing behind.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "io/sink.h"
#include "io/source.h"
#include "io/system.h"

namespace kerf::io {

// A regular file or block device, read with pread: nothing of it stays in this process' memory.
class FileSource final : public Source {
 public:
  // Code::io if it cannot be opened, Code::unsupported if it has no size (pipe, directory).
  static Result<FileSource> open(const std::string& path);
  std::uint64_t size() const override { return size_; }
  Status read_at(std::uint64_t offset, MutBytes out) const override;
  const std::string& path() const { return path_; }

 private:
  FileSource(Descriptor fd, std::uint64_t size, std::string path)
      : fd_(std::move(fd)), size_(size), path_(std::move(path)) {}
  Descriptor fd_;
  std::uint64_t size_;
  std::string path_;
};

// A whole file in the address space, read-only and private; pages come and go as they are used.
// For the make side: whoever shortens the file meanwhile kills this process (SIGBUS).
class MappedFile {
 public:
  static Result<MappedFile> open(const std::string& path);
  // The first `size` bytes of the file behind `fd`, which may be closed afterwards; `path` is for
  // messages.
  static Result<MappedFile> of(int fd, std::uint64_t size, const std::string& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();
  Bytes bytes() const { return {data_, size_}; }
  // Tells the kernel that the pages are not needed for now; they come back when touched.
  void release_pages() const;

 private:
  MappedFile(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  const std::uint8_t* data_;
  std::size_t size_;
};

// A file that appears under its name only when it is complete. Until commit() the bytes live in an
// unnamed file in the same directory (where the file system has none: under ".NAME.kerf-XXXXXX"),
// which goes away with this object, with a signal that ends the process, and, unnamed, even with
// kill -9.
class OutputFile final : public Sink {
 public:
  // `overwrite` false: Code::denied if `path` exists. Never follows `path` if it is a symbolic
  // link: the link itself is replaced. Permissions are 0666 less the umask, or those of the
  // replaced file.
  static Result<std::unique_ptr<OutputFile>> create(const std::string& path, bool overwrite);
  ~OutputFile() override;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  Status write(Bytes bytes) override;
  // What has been written so far, for verification before commit(). Borrows this object.
  Result<std::unique_ptr<Source>> read_back();
  // Syncs, renames into place, syncs the directory. Code::denied if `overwrite` was false and a
  // file of that name has appeared meanwhile. On failure nothing is left under either name, and a
  // file that was to be replaced is still the old one; only when the very last step fails (the sync
  // of the directory) is a replaced file already the new one, complete.
  Status commit();
  std::uint64_t size() const { return size_; }

 private:
  OutputFile(std::string path, std::string directory, bool overwrite, bool replaces);
  Status flush();
  std::string path_;
  std::string directory_;
  std::string temporary_;  // empty while the file has no name
  bool overwrite_;
  bool replaces_;  // there was a file of this name
  bool committed_ = false;
  Descriptor fd_;
  std::vector<std::uint8_t> buffer_;
  std::uint64_t size_ = 0;
};

// Standard output as a sink; not seekable, cannot be taken back.
class StandardOutput final : public Sink {
 public:
  Status write(Bytes bytes) override;
};

// True if both paths name the same existing file (device and inode).
bool same_file(const std::string& a, const std::string& b);

// Makes SIGINT, SIGTERM and SIGHUP remove named temporary files before they end the process as
// usual. Programs call it once, early.
void remove_temporaries_on_signal();

}  // namespace kerf::io
