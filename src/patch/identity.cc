#include "patch/identity.h"

#include "io/hash_source.h"

namespace kerf {

Status check_old(const Source& from, const std::optional<BlobId>& stated,
                 const ApplyOptions& options) {
  if (stated && from.size() != stated->size) {
    return Error(Code::mismatch, "this patch applies to a file of " + std::to_string(stated->size) +
                                     " bytes, the old file has " + std::to_string(from.size()))
        .in("old file");
  }
  if (!stated && !options.old_sha256) {
    return {};
  }
  auto id = identify(from, options.observer);
  if (!id) {
    return std::move(id).error().in("old file");
  }
  for (const Sha256* expected :
       {stated ? &stated->sha256 : nullptr, options.old_sha256 ? &*options.old_sha256 : nullptr}) {
    if (expected != nullptr && *expected != id->sha256) {
      return Error(Code::mismatch, "wrong old file: its SHA-256 is " + to_hex(id->sha256) +
                                       ", expected " + to_hex(*expected))
          .in("old file");
    }
  }
  return {};
}

Status check_new(const Sha256& made, const std::optional<Sha256>& stated,
                 const ApplyOptions& options) {
  for (const Sha256* expected :
       {stated ? &*stated : nullptr, options.new_sha256 ? &*options.new_sha256 : nullptr}) {
    if (expected != nullptr && *expected != made) {
      return Error(Code::mismatch, "wrong result: the new file's SHA-256 is " + to_hex(made) +
                                       ", expected " + to_hex(*expected) +
                                       "; the old file or the patch is not the right one");
    }
  }
  return {};
}

}  // namespace kerf
