#include "io/hash_source.h"

namespace kerf {

Result<BlobId> identify(const Source& source, Observer* observer) {
  constexpr std::size_t part = std::size_t{128} << 10;
  BufferedReader reader(source, part);
  Sha256Hasher hasher;
  for (std::uint64_t parts = 0;; ++parts) {
    TRY_ASSIGN(const Bytes bytes, reader.read_some(part));
    if (bytes.empty()) {
      return BlobId{source.size(), hasher.finish()};
    }
    hasher.update(bytes);
    if (parts % 64 == 0) {
      TRY(notify(observer, "hash", reader.position(), source.size()));
    }
  }
}

}  // namespace kerf
