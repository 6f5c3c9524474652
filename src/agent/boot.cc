#include "agent/boot.h"

#include <fcntl.h>

#include <array>

#include "io/system.h"

namespace kerf::agent {

Result<std::string> boot_id(const std::string& path) {
  // Not a FileSource: files of /proc say that their size is 0.
  TRY_ASSIGN(const io::Descriptor fd, io::open(path, O_RDONLY | O_NONBLOCK));
  std::array<std::uint8_t, 128> buffer{};
  TRY_ASSIGN(const std::size_t got, io::read_some(fd.get(), buffer, path));
  std::string text(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got));
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  if (text.empty()) {
    return Error(Code::corrupt, "no boot id in it").in(path);
  }
  return text;
}

}  // namespace kerf::agent
