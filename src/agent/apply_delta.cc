#include "agent/apply_delta.h"

#include <algorithm>
#include <array>

#include "agent/result_codes.h"
#include "io/watched.h"

namespace kerf::agent {

namespace {

ResultCode code_for(const Error& error) {
  switch (error.code()) {
    case Code::unsupported:
      return ResultCode::patch_unsupported;
    case Code::limit:
      return ResultCode::patch_limit;
    case Code::mismatch:
      return ResultCode::patch_other_source;
    case Code::io:
    case Code::cancelled:
    case Code::bug:
      return code_of(error);
    default:
      return ResultCode::patch_damaged;
  }
}

}  // namespace

Result<BlobId> apply_delta(const PatchReader& reader, const Source& source, const Source& patch,
                           Sink& target, const Limits& limits, Observer* observer) {
  std::array<std::uint8_t, 64> head{};
  const std::size_t head_size = std::min<std::uint64_t>(head.size(), patch.size());
  TRY(patch.read_at(0, MutBytes(head).first(head_size)));
  if (!reader.recognises(Bytes(head).first(head_size))) {
    return with_code(ResultCode::patch_damaged,
                     Error(Code::corrupt, "this is no " + std::string(reader.name()) + " file")
                         .at(0)
                         .in("delta"));
  }
  const WatchedSource watched_source(source);
  WatchedSink watched_target(target);
  HashingSink hashing(&watched_target);
  const ApplyOptions options{.limits = limits,
                             .old_sha256 = {},
                             .new_sha256 = {},
                             .allow_trailing = false,
                             .observer = observer};
  Status applied = reader.apply(watched_source, patch, hashing, options);
  if (!applied) {
    Error error = std::move(applied).error();
    const bool files = watched_source.failed() || watched_target.failed();
    const ResultCode code = files ? code_of(error) : code_for(error);
    if (files) {
      return with_code(code, std::move(error));
    }
    return with_code(code, std::move(error).in("delta"));
  }
  return hashing.finish();
}

}  // namespace kerf::agent
