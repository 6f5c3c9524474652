#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "apps/common/input.h"
#include "apps/common/output.h"
#include "apps/common/progress.h"
#include "apps/common/text.h"
#include "apps/kerf/commands.h"
#include "apps/kerf/opened_patch.h"
#include "apps/kerf/report.h"

namespace kerf::cli {

namespace {

// What is at hand after the work.
struct Repaired {
  BlobId new_id;
  std::uint64_t size_before;
  std::uint64_t size;
  PatchInfo info;
};

Status say(const Repair& command, const Repaired& repaired) {
  if (command.manner.json) {
    return print_json({{"command", "repair"},
                       {"patch", command.repaired_path},
                       {"profile", repaired.info.profile},
                       {"patch_size", repaired.size},
                       {"size_before", repaired.size_before},
                       {"new_size", repaired.new_id.size},
                       {"new_sha256", to_hex(repaired.new_id.sha256)},
                       {"appliers", repaired.info.appliers},
                       {"verified", true}});
  }
  if (command.manner.quiet) {
    return {};
  }
  const bool to_stdout = command.repaired_path == apps::standard_stream;
  return print(
      to_stdout ? stderr : stdout,
      fmt::format("{}: profile {}, {} (before: {}); both patches applied, both make a file "
                  "of {} with SHA-256 {}\n",
                  to_stdout ? "standard output" : command.repaired_path, repaired.info.profile,
                  apps::full_size(repaired.size), apps::grouped(repaired.size_before),
                  apps::full_size(repaired.new_id.size), to_hex(repaired.new_id.sha256)));
}

// Applies what was written: it must make what the original made.
Result<PatchInfo> check(const Source& old_file, const Source& repaired, const BlobId& expected,
                        const Limits& limits, Observer* observer) {
  const ApplyOptions options{
      .limits = limits, .old_sha256 = {}, .new_sha256 = expected.sha256, .observer = observer};
  HashingSink made(nullptr);
  auto applied = vcdiff::reader().apply(old_file, repaired, made, options);
  if (!applied) {
    if (applied.error().code() == Code::io || applied.error().code() == Code::cancelled) {
      return std::move(applied).error();
    }
    return Error(Code::bug, "the repaired patch failed its check, so it was dropped (" +
                                applied.error().text() + "); please report this with the patch");
  }
  return vcdiff::reader().info(repaired, limits);
}

}  // namespace

Status run(const Repair& command) {
  TRY_ASSIGN(const OpenedPatch patch, OpenedPatch::open(command.patch_path, std::nullopt));
  if (&patch.reader() != &vcdiff::reader()) {
    return Error(Code::unsupported, "this is a " + std::string(patch.reader().name()) +
                                        " patch; only VCDIFF patches can be repaired")
        .in(apps::input_name(command.patch_path));
  }
  TRY_ASSIGN(const apps::Input old_file, apps::Input::open(command.old_path, generous_size));
  TRY_ASSIGN(const auto out, apps::Output::create(command.repaired_path, command.force));

  apps::ProgressBar bar(command.manner.progress);
  const ApplyOptions options{.limits = {generous_size, command.memory, 1},
                             .old_sha256 = command.old_sha256,
                             .new_sha256 = command.new_sha256,
                             .observer = &bar};
  TRY_ASSIGN(const BlobId made, patch.rewrite(old_file.source(), command.form, options, *out));
  TRY_ASSIGN(const auto written, out->read_back());
  TRY_ASSIGN(PatchInfo info, check(old_file.source(), *written, made, options.limits, &bar));
  TRY(out->commit());
  bar.clear();
  return say(command, {made, patch.size(), out->size(), std::move(info)});
}

}  // namespace kerf::cli
