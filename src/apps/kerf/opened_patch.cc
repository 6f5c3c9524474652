#include "apps/kerf/opened_patch.h"

#include <atomic>

#include "apps/common/signed_patch.h"

namespace kerf::cli {

namespace {

// These two remember that a failure was theirs, so that the patch is not blamed for it.
class WatchedSource final : public Source {
 public:
  explicit WatchedSource(const Source& source) : source_(source) {}
  std::uint64_t size() const override { return source_.size(); }
  Status read_at(std::uint64_t offset, MutBytes out) const override {
    Status status = source_.read_at(offset, out);
    if (!status) {
      failed_ = true;
    }
    return status;
  }
  bool failed() const { return failed_; }

 private:
  const Source& source_;
  mutable std::atomic<bool> failed_ = false;
};

class WatchedSink final : public Sink {
 public:
  explicit WatchedSink(Sink& sink) : sink_(sink) {}
  Status write(Bytes bytes) override {
    Status status = sink_.write(bytes);
    failed_ = !status;
    return status;
  }
  bool failed() const { return failed_; }

 private:
  Sink& sink_;
  bool failed_ = false;
};

// Puts the patch's name in front, unless it is there already (the file could not be read).
Error in_patch(Error error, const std::string& name) {
  return error.text().starts_with(name + ":") ? std::move(error) : std::move(error).in(name);
}

}  // namespace

Result<OpenedPatch> OpenedPatch::open(const std::string& path,
                                      const std::optional<std::string>& key_path) {
  std::optional<trust::PublicKey> key;
  if (key_path) {
    TRY_ASSIGN(key, trust::load_public_key(*key_path));
  }
  TRY_ASSIGN(apps::Input input, apps::Input::open(path, generous_size));
  OpenedPatch patch(std::move(input), apps::input_name(path));
  if (auto examined = patch.examine(key ? &*key : nullptr); !examined) {
    return in_patch(std::move(examined).error(), patch.name_);
  }
  return patch;
}

Status OpenedPatch::examine(const trust::PublicKey* key) {
  const Source& source = input_.source();
  if (key != nullptr) {
    TRY_ASSIGN(trailer_, apps::check_signature(source, *key));
    verified_ = true;
  } else {
    TRY_ASSIGN(trailer_, bsdiff::find_trailer(source));
  }
  TRY_ASSIGN(reader_, find_reader(source));
  return {};
}

std::string OpenedPatch::signer() const {
  return trailer_ && trailer_->signature ? to_hex(trailer_->signature->key_id) : std::string();
}

Result<PatchInfo> OpenedPatch::info(const Limits& limits) const {
  auto info = reader_->info(input_.source(), limits);
  if (!info) {
    return in_patch(std::move(info).error(), name_);
  }
  return info;
}

Status OpenedPatch::apply(const Source& from, Sink& to, ApplyOptions options) const {
  if (verified_) {
    // Pins what was signed: whoever changes the patch file from now on cannot change the outcome.
    if (!options.old_sha256) {
      options.old_sha256 = trailer_->old_id.sha256;
    }
    if (!options.new_sha256) {
      options.new_sha256 = trailer_->new_id.sha256;
    }
  }
  const WatchedSource source(from);
  WatchedSink sink(to);
  auto applied = reader_->apply(source, input_.source(), sink, options);
  if (applied || source.failed() || sink.failed()) {
    return applied;
  }
  return in_patch(std::move(applied).error(), name_);
}

Result<BlobId> OpenedPatch::rewrite(const Source& from, const vcdiff::Form& form,
                                    const ApplyOptions& options, Sink& rewritten) const {
  const WatchedSource source(from);
  WatchedSink sink(rewritten);
  auto made = vcdiff::rewrite(source, input_.source(), form, options, sink);
  if (made || source.failed() || sink.failed()) {
    return made;
  }
  return in_patch(std::move(made).error(), name_);
}

}  // namespace kerf::cli
