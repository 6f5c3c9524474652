// The one place where the product touches the file system, so that faults can be injected here and
// every caller's behaviour under ENOSPC, EIO and kill can be tested.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace kerf::io {

enum class Op : std::uint8_t {
  open,
  read,
  write,
  sync,
  link,
  rename,
  remove,
  map,
  sync_directory,
  make_directory,
  list_directory,
  truncate,
  lock,
};

// Asked before each operation. Not owned; one for the whole process; nullptr (the rule) asks
// nobody.
struct FaultInjector {
  virtual ~FaultInjector() = default;
  // An errno value to make the operation fail with, or 0 to let it happen.
  virtual int before(Op op, const std::string& path) = 0;
};
// Installs `injector` (nullptr removes it). Only for tests, while no other thread does I/O.
void set_fault_injector(FaultInjector* injector);
// The injector's answer: what every operation of this room asks first. 0, or the errno to fail
// with.
int injected_fault(Op op, const std::string& path);

// An owned file descriptor. Movable.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// Code::io with the path, the verb, the system's sentence for `error_number` and what to do about
// it.
Error system_error(std::string_view verb, const std::string& path, int error_number);

// open(2) with O_CLOEXEC.
Result<Descriptor> open(const std::string& path, int flags, mode_t mode = 0666);
// Full-length pread/write: short counts and EINTR are handled inside.
Status pread_all(int fd, std::uint64_t offset, MutBytes out, const std::string& path);
Status write_all(int fd, Bytes bytes, const std::string& path);
// Reads up to out.size() bytes from the present position; 0 means end of input.
Result<std::size_t> read_some(int fd, MutBytes out, const std::string& path);
Status sync(int fd, const std::string& path);
Status sync_directory(const std::string& directory);
// `replace` false: Code::denied if `to` exists, also when it appears at the last moment.
Status rename(const std::string& from, const std::string& to, bool replace);
// Whether link_unnamed can work here: it needs /proc, which a rescue system may lack.
bool can_link_unnamed();
// Gives the unnamed file behind `fd` (O_TMPFILE) the name `to`. Code::denied if that exists.
Status link_unnamed(int fd, const std::string& to);
// Maps `size` (at least 1) bytes of a file for reading; the caller unmaps them.
Result<const std::uint8_t*> map(int fd, std::size_t size, const std::string& path);
// Removes `path`; no error if it is not there.
Status remove(const std::string& path);

}  // namespace kerf::io
