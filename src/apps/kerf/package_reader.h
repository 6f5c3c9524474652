// A kerf package behind the interface of patches, for the commands that take either.
#pragma once

#include <string>

#include "package/kerf/package.h"
#include "patch/patch.h"

namespace kerf::cli {

class PackageReader final : public PatchReader {
 public:
  // Borrows `package`. Values that are made on the way are kept in the folder `scratch`, where an
  // interrupted run finds them again; empty: in temporary files.
  explicit PackageReader(const package::Package& package) : package_(package) {}
  void use_scratch(const std::string& folder) { scratch_ = folder; }

  std::string_view name() const override { return "kerf"; }
  bool recognises(Bytes head) const override { return package::recognises(head); }
  bool states_identities() const override { return true; }
  // `patch` is the file that the package has been opened from.
  Result<PatchInfo> info(const Source& patch, const Limits& limits) const override;
  Status apply(const Source& from, const Source& patch, Sink& to,
               const ApplyOptions& options) const override;

 private:
  const package::Package& package_;
  std::string scratch_;
};

}  // namespace kerf::cli
