#include "io/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "base/extent.h"
#include "io/temporaries.h"

namespace kerf::io {

namespace {

constexpr const char* label = "temporary spool file";

class SpooledFile final : public Source {
 public:
  SpooledFile(int fd, std::uint64_t size) : fd_(fd), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Status read_at(std::uint64_t offset, MutBytes out) const override {
    if (!Extent{offset, out.size()}.within(size_)) {
      return Error(Code::truncated, "read passes the end of the input").at(offset);
    }
    return pread_all(fd_, offset, out, label);
  }

 private:
  int fd_;
  std::uint64_t size_;
};

}  // namespace

Status Spool::spill() {
  const char* chosen = std::getenv("TMPDIR");
  const std::string directory = chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
  if (auto unnamed = io::open(directory, O_TMPFILE | O_RDWR, 0600)) {
    fd_ = *std::move(unnamed);
  } else {
    TRY_ASSIGN(const std::string name, reserve_temporary(directory + "/spool"));
    auto named = io::open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
    discard_temporary(name);
    TRY_ASSIGN(fd_, std::move(named));
  }
  TRY(write_all(fd_.get(), bytes_, label));
  std::vector<std::uint8_t>().swap(bytes_);  // assigning {} would keep the memory
  return {};
}

Status Spool::write(Bytes bytes) {
  if (fd_.get() < 0) {
    if (bytes.size() <= memory_ && bytes_.size() <= memory_ - bytes.size()) {
      bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
      size_ += bytes.size();
      return {};
    }
    TRY(spill());
  }
  TRY(write_all(fd_.get(), bytes, label));
  size_ += bytes.size();
  return {};
}

std::unique_ptr<Source> Spool::source() const {
  if (fd_.get() < 0) {
    return std::make_unique<MemorySource>(bytes_);
  }
  return std::make_unique<SpooledFile>(fd_.get(), size_);
}

Result<Bytes> Spool::map() {
  if (fd_.get() < 0) {
    return Bytes(bytes_);
  }
  if (!mapped_) {
    TRY_ASSIGN(MappedFile mapped, MappedFile::of(fd_.get(), size_, label));
    mapped_ = std::make_unique<MappedFile>(std::move(mapped));
  }
  return mapped_->bytes();
}

Status spool_standard_input(Spool& spool, std::uint64_t most) {
  std::vector<std::uint8_t> buffer(std::size_t{64} << 10);
  for (;;) {
    TRY_ASSIGN(const std::size_t got, read_some(STDIN_FILENO, buffer, "standard input"));
    if (got == 0) {
      return {};
    }
    if (got > most - spool.size()) {
      return Error(Code::limit, "standard input is longer than " + std::to_string(most) + " bytes");
    }
    TRY(spool.write(Bytes(buffer).first(got)));
  }
}

}  // namespace kerf::io
