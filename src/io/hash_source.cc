#include "io/hash_source.h"

#include "io/copy.h"

namespace kerf {

Result<BlobId> identify(const Source& source, Observer* observer) {
  HashingSink hashing(nullptr);
  TRY(copy(source, hashing, observer, "hash"));
  return hashing.finish();
}

}  // namespace kerf
