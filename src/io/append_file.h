// A file that grows over several runs of a program: a download that goes on after a restart.
#pragma once

#include <cstdint>
#include <string>

#include "io/sink.h"
#include "io/system.h"

namespace kerf::io {

// Not thread-safe. Unbuffered: what write() has taken survives the end of this process; sync()
// makes it survive the end of power. Unlike an OutputFile it stands under its name all the time:
// whoever uses it must know how much of it is good.
class AppendFile final : public Sink {
 public:
  // Opens `path`, or makes it. Code::denied if the name belongs to anything but a regular file (a
  // symbolic link is not followed).
  static Result<AppendFile> open(const std::string& path);
  std::uint64_t size() const { return size_; }
  Status write(Bytes bytes) override;
  // Cuts the file down to `size` bytes, at most the present size.
  Status truncate(std::uint64_t size);
  Status sync();

 private:
  AppendFile(Descriptor fd, std::uint64_t size, std::string path)
      : fd_(std::move(fd)), size_(size), path_(std::move(path)) {}
  Descriptor fd_;
  std::uint64_t size_;
  std::string path_;
};

}  // namespace kerf::io
