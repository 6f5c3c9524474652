#include "apps/kerf/opened_patch.h"

#include <algorithm>
#include <array>

#include "apps/common/make_patch.h"
#include "apps/common/signed_patch.h"
#include "io/watched.h"

namespace kerf::cli {

namespace {

// A recipe and its encoders may take as much before a command's own limit is asked.
constexpr std::uint64_t most_manifest = std::uint64_t{4} << 30;

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
  std::array<std::uint8_t, package::mark.size()> head{};
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(head.size(), source.size()));
  TRY(source.read_at(0, MutBytes(head).first(length)));
  if (package::recognises(Bytes(head).first(length))) {
    TRY_ASSIGN(
        package::Package package,
        package::Package::open(source, key, {generous_size, most_manifest, package::most_depth}));
    package_ = std::make_unique<package::Package>(std::move(package));
    package_reader_ = std::make_unique<PackageReader>(*package_);
    reader_ = package_reader_.get();
    verified_ = key != nullptr;
    return {};
  }
  if (key != nullptr) {
    TRY_ASSIGN(trailer_, apps::check_signature(source, *key));
    verified_ = true;
  } else {
    TRY_ASSIGN(trailer_, bsdiff::find_trailer(source));
  }
  TRY_ASSIGN(reader_, find_reader(source));
  return {};
}

void OpenedPatch::use_scratch(const std::string& folder) {
  if (package_reader_ != nullptr) {
    package_reader_->use_scratch(folder);
  }
}

std::uint64_t OpenedPatch::memory(std::uint64_t said) const {
  return said != 0      ? said
         : is_package() ? std::max(apps::default_apply_memory, apps::physical_memory() / 2)
                        : apps::default_apply_memory;
}

std::string OpenedPatch::signer() const {
  if (package_ != nullptr) {
    return package_->signature() ? to_hex(package_->signature()->key_id) : std::string();
  }
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
  if (verified_ && trailer_) {
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
