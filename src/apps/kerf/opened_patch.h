// A patch that has been opened, checked against the trusted key if there is one, and recognised.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "apps/common/input.h"
#include "apps/kerf/package_reader.h"
#include "patch/bsdiff/trailer.h"
#include "patch/patch.h"
#include "patch/vcdiff/vcdiff.h"
#include "trust/ed25519.h"

namespace kerf::cli {

// What standard input may bring, and what `kerf apply` may make unless told otherwise: a ceiling
// against accidents, far above every real image.
constexpr std::uint64_t generous_size = std::uint64_t{1} << 40;

class OpenedPatch {
 public:
  // `key_path`, if given, names a public key: the patch must then carry a valid signature of
  // it, which is checked before anything else is made of the patch's bytes.
  static Result<OpenedPatch> open(const std::string& path,
                                  const std::optional<std::string>& key_path);

  const PatchReader& reader() const { return *reader_; }
  // True for a kerf package.
  bool is_package() const { return package_ != nullptr; }
  // Only of one.
  const package::Package& package() const { return *package_; }
  // Packages keep what they make on the way in this folder. No effect on patches.
  void use_scratch(const std::string& folder);
  // What decoding may take: `said` if that is not 0, else what is usual for this kind of patch.
  std::uint64_t memory(std::uint64_t said) const;
  // What the patch says of both files in its trailer, if it has one.
  const std::optional<bsdiff::Trailer>& trailer() const { return trailer_; }
  // True if the trailer's signature has been found valid.
  bool verified() const { return verified_; }
  // Key id of the trailer's signature in hexadecimal, valid or not; empty if unsigned.
  std::string signer() const;

  // Errors name the patch, unless it is the old file that cannot be read or `to` that failed.
  Result<PatchInfo> info(const Limits& limits) const;
  Status apply(const Source& from, Sink& to, ApplyOptions options) const;
  // vcdiff::rewrite(); the patch must be of that format.
  Result<BlobId> rewrite(const Source& from, const vcdiff::Form& form, const ApplyOptions& options,
                         Sink& rewritten) const;
  // Of the patch, in bytes.
  std::uint64_t size() const { return input_.source().size(); }

 private:
  OpenedPatch(apps::Input input, std::string name)
      : input_(std::move(input)), name_(std::move(name)) {}
  Status examine(const trust::PublicKey* key);
  apps::Input input_;
  std::string name_;
  const PatchReader* reader_ = nullptr;
  // Of a kerf package, else null.
  std::unique_ptr<package::Package> package_;
  std::unique_ptr<PackageReader> package_reader_;
  std::optional<bsdiff::Trailer> trailer_;
  bool verified_ = false;
};

}  // namespace kerf::cli
