#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "apps/common/input.h"
#include "apps/common/output.h"
#include "apps/common/progress.h"
#include "apps/common/text.h"
#include "apps/kerf/commands.h"
#include "apps/kerf/opened_patch.h"
#include "apps/kerf/report.h"

namespace kerf::cli {

namespace {

Status say(const Apply& command, const OpenedPatch& patch, HashingSink* hashing,
           std::uint64_t size) {
  const bool stated = patch.trailer() || patch.reader().states_identities();
  const bool new_checked = command.new_sha256 || stated;
  if (command.manner.json) {
    Json object{{"command", "apply"},
                {"new", command.new_path},
                {"format", patch.reader().name()},
                {"size", size},
                {"sha256", to_hex(hashing->finish().sha256)},
                {"old_checked", command.old_sha256 || stated},
                {"new_checked", new_checked}};
    if (patch.verified()) {
      object["signed_by"] = patch.signer();
    }
    return print_json(object);
  }
  if (command.manner.quiet) {
    return {};
  }
  const bool to_stdout = command.new_path == apps::standard_stream;
  return print(
      to_stdout ? stderr : stdout,
      fmt::format(
          "{}: {}; {}\n", to_stdout ? "standard output" : command.new_path, apps::full_size(size),
          new_checked ? "SHA-256 as expected" : "not checked against a hash (none is known)"));
}

}  // namespace

Status run(const Apply& command) {
  TRY_ASSIGN(OpenedPatch patch, OpenedPatch::open(command.patch_path, command.key_path));
  patch.use_scratch(command.scratch);
  TRY_ASSIGN(const apps::Input old_file, apps::Input::open(command.old_path, generous_size));
  TRY_ASSIGN(const auto out, apps::Output::create(command.new_path, command.force));

  apps::ProgressBar bar(command.manner.progress);
  const ApplyOptions options{.limits = {command.max_output, patch.memory(command.memory), 1},
                             .old_sha256 = command.old_sha256,
                             .new_sha256 = command.new_sha256,
                             .allow_trailing = command.allow_trailing,
                             .observer = &bar,
                             .threads = std::max(1U, std::thread::hardware_concurrency())};
  if (!command.manner.json) {
    TRY(patch.apply(old_file.source(), *out, options));
    TRY(out->commit());
    bar.clear();
    return say(command, patch, nullptr, out->size());
  }
  HashingSink hashing(out.get());  // only JSON states the hash: it costs time
  TRY(patch.apply(old_file.source(), hashing, options));
  TRY(out->commit());
  bar.clear();
  return say(command, patch, &hashing, out->size());
}

}  // namespace kerf::cli
