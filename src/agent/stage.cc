#include "agent/stage.h"

#include <algorithm>

#include "agent/apply_delta.h"
#include "agent/archive/check.h"
#include "io/folder.h"
#include "io/hash_source.h"

namespace kerf::agent {

namespace {

// One package at a time is staged: a name a type will do. Installers look at the ending.
std::string staged_name(const std::string& type) {
  const bool plain = !type.empty() && std::ranges::all_of(type, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
  return "new." + (plain ? type : "package");
}

// Not having anything to start from is no failure of a delta.
bool is_skip(ResultCode code) {
  return code == ResultCode::source_absent || code == ResultCode::source_other_version ||
         code == ResultCode::not_installed;
}

}  // namespace

Status Stager::check(const Source& target, const BlobId& id, const Update& update,
                     const std::string& type, bool from_delta) const {
  if ((update.size && id.size != *update.size) || (update.sha256 && id.sha256 != *update.sha256)) {
    return with_code(ResultCode::target_wrong_hash,
                     Error(Code::mismatch, std::to_string(id.size) + " bytes with SHA-256 " +
                                               to_hex(id.sha256) + ", which is not promised")
                         .in("new package"));
  }
  if (update.sha256) {
    return {};
  }
  auto integrity = check_integrity(target, type, options_.limits);
  if (!integrity) {
    return std::move(integrity).error().in("new package");
  }
  if (*integrity == Integrity::unknown && from_delta && !options_.accept_unchecked) {
    return with_code(ResultCode::target_unchecked,
                     Error(Code::denied,
                           "no SHA-256 is promised, and the file is of no kind that "
                           "checks itself")
                         .in("new package"));
  }
  return {};
}

Result<io::FileSource> Stager::open_source(const Delta& delta, const std::string& from,
                                           const Installed* recorded) const {
  if (recorded == nullptr || !recorded->source) {
    return with_code(ResultCode::source_absent,
                     Error(Code::denied, "no package of version " + from + " is stored"));
  }
  if (recorded->version != from || delta.from_version != from) {
    return with_code(ResultCode::source_other_version,
                     Error(Code::mismatch, "stored is version " + recorded->version +
                                               ", the delta starts from " + delta.from_version +
                                               ", installed is " + from));
  }
  const StoredSource& stored = *recorded->source;
  if (delta.source_sha256 && *delta.source_sha256 != stored.id.sha256) {
    return with_code(ResultCode::patch_other_source,
                     Error(Code::mismatch, "the delta starts from a package with SHA-256 " +
                                               to_hex(*delta.source_sha256) + ", stored is " +
                                               to_hex(stored.id.sha256)));
  }
  return cache_.open(stored);
}

Result<Staged> Stager::try_delta(const Update& update, const Delta& delta, const std::string& from,
                                 const std::string& type, const Installed* recorded) {
  TRY_ASSIGN(const io::FileSource source, open_source(delta, from, recorded));
  reporter_->event("downloading", {{"name", update.name}, {"what", "delta"}});
  const std::string patch_path = options_.folder + "/delta";
  TRY(fetcher_->fetch(delta.patch.address,
                      {delta.patch.size, delta.patch.sha256, options_.limits.output}, patch_path,
                      reporter_->observer()));
  const std::string name = staged_name(type);
  TRY_ASSIGN(const auto out, io::OutputFile::create(options_.folder + "/" + name, true));
  TRY_ASSIGN(const io::FileSource patch, io::FileSource::open(patch_path));
  Limits limits = options_.limits;
  limits.output = std::min(limits.output, update.size.value_or(limits.output));
  auto made = apply_delta(*options_.reader, source, patch, *out, limits, reporter_->observer());
  TRY(io::remove(patch_path));
  if (!made) {
    return std::move(made).error();
  }
  TRY_ASSIGN(const auto target, out->read_back());
  TRY(check(*target, *made, update, type, true));
  TRY(out->commit());
  return Staged{name, *made, "delta"};
}

Result<Staged> Stager::try_full(const Update& update, const std::string& type) {
  const std::string name = staged_name(type);
  const std::string path = options_.folder + "/" + name;
  reporter_->event("downloading", {{"name", update.name}, {"what", "full"}});
  TRY(fetcher_->fetch(*update.full, {update.size, update.sha256, options_.limits.output}, path,
                      reporter_->observer()));
  TRY_ASSIGN(const io::FileSource target, io::FileSource::open(path));
  TRY_ASSIGN(const BlobId id, identify(target, reporter_->observer()));
  if (Status good = check(target, id, update, type, false); !good) {
    TRY(io::remove(path));
    return std::move(good).error();
  }
  return Staged{name, id, "full"};
}

Result<Staged> Stager::stage(const Update& update, const std::string& from, const std::string& type,
                             const Installed* recorded) {
  const std::string name = staged_name(type);
  const std::string path = options_.folder + "/" + name;
  if (update.sha256 && io::exists(path) &&
      check_fetched(path, {update.size, update.sha256, options_.limits.output})) {
    TRY_ASSIGN(const io::FileSource target, io::FileSource::open(path));
    return Staged{name, {target.size(), *update.sha256}, "staged"};
  }
  Status fault;
  if (update.delta_fault) {
    const Error& why = *update.delta_fault;
    fault = Status(with_code(code_of(why), Error(why.code(), why.text())));
  }
  for (const Delta& delta : update.deltas) {
    auto staged = try_delta(update, delta, from, type, recorded);
    if (staged) {
      return staged;
    }
    fault = Status(std::move(staged).error());
  }
  if (!update.full) {
    return fault ? with_code(ResultCode::source_absent,
                             Error(Code::denied, "there is neither a delta nor a full package"))
                 : std::move(fault).error();
  }
  if (!fault) {
    Fields fields = failure_fields(fault.error());
    fields.insert(fields.begin(), {"name", update.name});
    reporter_->event(is_skip(code_of(fault.error())) ? "delta_skipped" : "delta_failed", fields);
  }
  return try_full(update, type);
}

Status Stager::sweep() const {
  return io::remove_files(options_.folder);
}

}  // namespace kerf::agent
