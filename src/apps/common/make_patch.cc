#include "apps/common/make_patch.h"

#include <unistd.h>

#include <limits>

#include "apps/common/compare.h"
#include "apps/common/signed_patch.h"
#include "diff/engine.h"
#include "io/hash_source.h"
#include "plan/choose.h"

namespace kerf::apps {

namespace {

Status append_trailer(const MadePatch& made, const BlobId& body, const trust::PrivateKey* key,
                      Output& out) {
  bsdiff::Trailer trailer;
  trailer.body = body;
  trailer.old_id = made.old_id;
  trailer.new_id = made.new_id;
  if (key != nullptr) {
    TRY(sign_trailer(trailer, *key));
  }
  return out.write(bsdiff::encode_trailer(trailer));
}

// The last word before a patch leaves the house: the same reader that users run, on the very bytes
// that will be renamed into place.
Status check_by_applying(Bytes from, Bytes to, const Source& patch, Observer* observer) {
  TRY_ASSIGN(const PatchReader* reader, find_reader(patch));
  const MemorySource old_file(from);
  const MemorySource new_file(to);
  ComparingSink compared(new_file, "new file");
  ApplyOptions options{.limits = {to.size(), default_apply_memory, 1},
                       .old_sha256 = {},
                       .new_sha256 = {},
                       .observer = observer};
  TRY(reader->apply(old_file, patch, compared, options));
  return compared.finish();
}

}  // namespace

std::uint64_t physical_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
}

Result<MadePatch> make_patch(Bytes from, Bytes to, const PatchWriter& writer,
                             const MakeOptions& options, Output& out) {
  if ((options.trailer || options.key != nullptr) && !writer.allows_trailer()) {
    return Error(Code::unsupported, "a " + std::string(writer.name()) +
                                        " patch has no room for a trailer or a signature; leave "
                                        "them out, or choose another format");
  }
  MadePatch made;
  TRY_ASSIGN(made.old_id, identify(MemorySource(from), options.observer));
  TRY_ASSIGN(made.new_id, identify(MemorySource(to), options.observer));
  HashingSink body(&out);
  TRY(plan::write_smallest(
      from, to, writer.predicts_references() ? exec_engine() : suffix_engine(), writer,
      {options.memory, options.threads, options.observer, options.profile, options.device_memory},
      body));
  if (options.trailer || options.key != nullptr) {
    TRY(append_trailer(made, body.finish(), options.key, out));
  }
  TRY_ASSIGN(const auto patch, out.read_back());
  if (auto checked = check_by_applying(from, to, *patch, options.observer); !checked) {
    if (checked.error().code() == Code::io || checked.error().code() == Code::cancelled) {
      return std::move(checked).error();
    }
    return Error(Code::bug, "the patch was made but failed its check, so it was dropped (" +
                                checked.error().text() +
                                "); please report this with the two files");
  }
  return made;
}

}  // namespace kerf::apps
