#include "io/copy.h"

namespace kerf {

Status copy(const Source& from, Sink& to, Observer* observer, std::string_view stage) {
  constexpr std::size_t part = std::size_t{128} << 10;
  BufferedReader reader(from, part);
  for (std::uint64_t parts = 0;; ++parts) {
    TRY_ASSIGN(const Bytes bytes, reader.read_some(part));
    if (bytes.empty()) {
      return {};
    }
    TRY(to.write(bytes));
    if (parts % 64 == 0) {
      TRY(notify(observer, stage, reader.position(), from.size()));
    }
  }
}

}  // namespace kerf
