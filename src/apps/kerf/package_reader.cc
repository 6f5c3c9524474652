#include "apps/kerf/package_reader.h"

#include <algorithm>
#include <array>

#include "patch/identity.h"
#include "recipe/needs.h"

namespace kerf::cli {

namespace {

// Of values between steps; above it they go to temporary files.
constexpr std::uint64_t most_spool_memory = std::uint64_t{16} << 20;

}  // namespace

Result<PatchInfo> PackageReader::info(const Source& patch, const Limits& /*limits*/) const {
  const package::Manifest& manifest = package_.manifest();
  PatchInfo info;
  info.format = package::mark;
  info.profile = std::to_string(manifest.recipe.steps.size()) + " steps";
  info.patch_size = patch.size();
  info.new_size = manifest.target.size;
  info.old_id = manifest.sources.front();
  info.new_sha256 = manifest.target.sha256;
  info.is_signed = package_.signature().has_value();
  info.memory = manifest.needs.memory;
  info.min_old_size = manifest.sources.front().size;
  info.appliers = {"kerf"};
  info.details = {{"scratch space", manifest.needs.scratch},
                  {"packing time, ms", manifest.needs.time / 1000000},
                  {"manifest", package_.payload_offset()},
                  {"sections", manifest.sections.size()}};
  std::uint64_t decoded = 0;
  std::uint64_t encoded = 0;
  for (const recipe::Step& step : manifest.recipe.steps) {
    for (const recipe::Piece& piece : step.pieces) {
      decoded += piece.kind == recipe::PieceKind::decode ? 1 : 0;
      encoded += piece.kind == recipe::PieceKind::encode ? 1 : 0;
    }
  }
  info.details.emplace_back("streams unpacked", decoded);
  info.details.emplace_back("streams packed", encoded);
  for (const recipe::Capability& capability : manifest.needs.capabilities) {
    info.details.emplace_back("needs " + recipe::to_string(capability), 1);
  }
  return info;
}

Status PackageReader::apply(const Source& from, const Source& /*patch*/, Sink& to,
                            const ApplyOptions& options) const {
  const package::Manifest& manifest = package_.manifest();
  // What the caller knows is compared with what the package says, which the run checks.
  if (options.old_sha256 && *options.old_sha256 != manifest.sources.front().sha256) {
    return Error(Code::mismatch, "the package is for old SHA-256 " +
                                     to_hex(manifest.sources.front().sha256) + ", expected was " +
                                     to_hex(*options.old_sha256));
  }
  TRY(check_new(manifest.target.sha256, {}, options));
  std::unique_ptr<recipe::Workshop> workshop;
  if (scratch_.empty()) {
    workshop = recipe::temporary_workshop(std::min(options.limits.memory / 4, most_spool_memory));
  } else {
    TRY_ASSIGN(workshop, recipe::folder_workshop(scratch_));
  }
  const std::array<const Source*, 1> sources{&from};
  return package_.apply(sources, to, *workshop, options.limits, options.observer, options.threads);
}

}  // namespace kerf::cli
