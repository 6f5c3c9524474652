#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "apps/common/input.h"
#include "apps/common/make_package.h"
#include "apps/common/output.h"
#include "apps/common/progress.h"
#include "apps/common/text.h"
#include "apps/kerf/commands.h"
#include "apps/kerf/format_names.h"
#include "apps/kerf/report.h"

namespace kerf::cli {

namespace {

Json id_json(const BlobId& id) {
  return {{"size", id.size}, {"sha256", to_hex(id.sha256)}};
}

// For a step of a package, when nobody says otherwise.
constexpr std::uint64_t usual_device_memory = std::uint64_t{2} << 30;

// One attempt at a patch.
struct Made {
  apps::MadePatch ids;
  std::string format;
  std::string remark;             // for people, may be empty
  std::vector<plan::Part> parts;  // of a package
};

std::string remark_of(const apps::MadePackage& made) {
  std::string remark;
  if (made.streams > 0) {
    remark = fmt::format("; {} unpacked", made.streams);
  }
  if (!made.left.empty()) {
    remark += fmt::format("; {} changed but compared packed", made.left.size());
  }
  return remark;
}

Result<Made> make_package(const Diff& command, Bytes from, Bytes to,
                          const apps::MakeOptions& options, apps::Output& out) {
  TRY_ASSIGN(const apps::MadePackage made,
             apps::make_package(from, to, command.device_memory.value_or(usual_device_memory),
                                options, out));
  return Made{made.ids, package_format, remark_of(made), made.parts};
}

Result<Made> make_patch(const Diff& command, Bytes from, Bytes to, const apps::MakeOptions& options,
                        apps::Output& out) {
  const std::string format = command.format.empty() ? default_format : command.format;
  TRY_ASSIGN(const PatchWriter* writer, find_writer(format));
  std::unique_ptr<PatchWriter> with_form;
  if (command.form) {
    with_form = vcdiff::writer_with(*command.form);
    writer = with_form.get();
  }
  TRY_ASSIGN(const apps::MadePatch made, apps::make_patch(from, to, *writer, options, out));
  return Made{made, format, {}, {}};
}

Status say(const Diff& command, const Made& made, std::uint64_t patch_size,
           const std::optional<trust::PrivateKey>& key) {
  if (command.manner.json) {
    Json object{{"command", "diff"},
                {"patch", command.patch_path},
                {"format", made.format},
                {"patch_size", patch_size},
                {"old", id_json(made.ids.old_id)},
                {"new", id_json(made.ids.new_id)},
                {"trailer", made.format != package_format && (command.trailer || key)},
                {"verified", true}};
    if (key) {
      object["key_id"] = to_hex(trust::key_id(trust::public_of(*key)));
    }
    for (const plan::Part& part : made.parts) {
      object["parts"].push_back({{"path", part.path},
                                 {"mode", part.mode},
                                 {"size", part.size},
                                 {"patch_size", part.patch}});
    }
    return print_json(object);
  }
  if (command.manner.quiet) {
    return {};
  }
  const bool to_stdout = command.patch_path == apps::standard_stream;
  return print(to_stdout ? stderr : stdout,
               fmt::format("{}: {} patch, {}, {} of the new file{}; applied and compared\n",
                           to_stdout ? "standard output" : command.patch_path, made.format,
                           apps::full_size(patch_size),
                           apps::percent(patch_size, made.ids.new_id.size), made.remark));
}

// Whether a package is what the caller wants who has not named a format.
Result<bool> wants_package(const Diff& command, Bytes from, Bytes to) {
  if (!command.format.empty()) {
    return command.format == package_format;
  }
  if (command.trailer || command.form) {
    return false;
  }
  for (const Bytes file : {from, to}) {
    TRY_ASSIGN(const bool inside, plan::is_container(file));
    if (inside) {
      return true;
    }
  }
  return !command.profile.empty() || command.device_memory.has_value();
}

}  // namespace

Status run(const Diff& command) {
  // Everything that can fail quickly comes before the long work.
  if (!command.format.empty() && command.format != package_format) {
    TRY_ASSIGN([[maybe_unused]] const PatchWriter* writer, find_writer(command.format));
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
                            .observer = &bar,
                            .trailer = command.trailer,
                            .key = key ? &*key : nullptr,
                            .profile = command.profile,
                            .device_memory = command.device_memory};
  TRY_ASSIGN(const bool package, wants_package(command, from.bytes(), to.bytes()));
  TRY_ASSIGN(const Made made, package
                                  ? make_package(command, from.bytes(), to.bytes(), options, *out)
                                  : make_patch(command, from.bytes(), to.bytes(), options, *out));
  TRY(out->commit());
  bar.clear();
  return say(command, made, out->size(), key);
}

}  // namespace kerf::cli
