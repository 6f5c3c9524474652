#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "apps/common/input.h"
#include "apps/common/make_patch.h"
#include "apps/common/output.h"
#include "apps/common/progress.h"
#include "apps/common/text.h"
#include "apps/kerf/commands.h"
#include "apps/kerf/report.h"

namespace kerf::cli {

namespace {

Json id_json(const BlobId& id) {
  return {{"size", id.size}, {"sha256", to_hex(id.sha256)}};
}

Status say(const Diff& command, const apps::MadePatch& made, std::uint64_t patch_size,
           const std::optional<trust::PrivateKey>& key) {
  if (command.manner.json) {
    Json object{{"command", "diff"},           {"patch", command.patch_path},
                {"format", command.format},    {"patch_size", patch_size},
                {"old", id_json(made.old_id)}, {"new", id_json(made.new_id)},
                {"trailer", command.trailer},  {"verified", true}};
    if (key) {
      object["key_id"] = to_hex(trust::key_id(trust::public_of(*key)));
    }
    return print_json(object);
  }
  if (command.manner.quiet) {
    return {};
  }
  const bool to_stdout = command.patch_path == apps::standard_stream;
  return print(
      to_stdout ? stderr : stdout,
      fmt::format("{}: {} patch, {}, {} of the new file; applied and compared\n",
                  to_stdout ? "standard output" : command.patch_path, command.format,
                  apps::full_size(patch_size), apps::percent(patch_size, made.new_id.size)));
}

}  // namespace

Status run(const Diff& command) {
  // Everything that can fail quickly comes before the long work.
  TRY_ASSIGN(const PatchWriter* writer, find_writer(command.format));
  std::unique_ptr<PatchWriter> with_form;
  if (command.form) {
    with_form = vcdiff::writer_with(*command.form);
    writer = with_form.get();
  }
  std::optional<trust::PrivateKey> key;
  if (command.key_path) {
    TRY_ASSIGN(key, trust::load_private_key(*command.key_path));
  }
  TRY_ASSIGN(const apps::MappedInput from,
             apps::MappedInput::open(command.old_path, command.memory));
  TRY_ASSIGN(const apps::MappedInput to, apps::MappedInput::open(command.new_path, command.memory));
  TRY_ASSIGN(const auto out, apps::Output::create(command.patch_path, command.force));

  apps::ProgressBar bar(command.manner.progress);
  apps::MakeOptions options{.memory = command.memory,
                            .threads = command.threads,
                            .profile = command.profile,
                            .observer = &bar,
                            .trailer = command.trailer,
                            .key = key ? &*key : nullptr};
  TRY_ASSIGN(const apps::MadePatch made,
             apps::make_patch(from.bytes(), to.bytes(), *writer, options, *out));
  TRY(out->commit());
  bar.clear();
  return say(command, made, out->size(), key);
}

}  // namespace kerf::cli
