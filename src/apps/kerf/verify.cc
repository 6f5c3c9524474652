#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "apps/common/compare.h"
#include "apps/common/input.h"
#include "apps/common/progress.h"
#include "apps/common/text.h"
#include "apps/kerf/commands.h"
#include "apps/kerf/opened_patch.h"
#include "apps/kerf/report.h"

namespace kerf::cli {

Status run(const Verify& command) {
  TRY_ASSIGN(const OpenedPatch patch, OpenedPatch::open(command.patch_path, command.key_path));
  TRY_ASSIGN(const apps::Input old_file, apps::Input::open(command.old_path, generous_size));
  TRY_ASSIGN(const apps::Input new_file, apps::Input::open(command.new_path, generous_size));

  apps::ProgressBar bar(command.manner.progress);
  const ApplyOptions options{.limits = {generous_size, patch.memory(command.memory), 1},
                             .old_sha256 = {},
                             .new_sha256 = {},
                             .allow_trailing = command.allow_trailing,
                             .observer = &bar};
  apps::ComparingSink compared(new_file.source(), apps::input_name(command.new_path));
  TRY(patch.apply(old_file.source(), compared, options));
  TRY(compared.finish());
  bar.clear();
  if (command.manner.json) {
    Json object{{"command", "verify"},
                {"new", command.new_path},
                {"format", patch.reader().name()},
                {"size", compared.size()},
                {"identical", true}};
    if (patch.verified()) {
      object["signed_by"] = patch.signer();
    }
    return print_json(object);
  }
  if (command.manner.quiet) {
    return {};
  }
  return print(stdout,
               fmt::format("{}: identical to what the patch makes, {}\n",
                           apps::input_name(command.new_path), apps::full_size(compared.size())));
}

}  // namespace kerf::cli
