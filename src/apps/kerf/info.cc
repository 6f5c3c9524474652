#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "apps/common/text.h"
#include "apps/kerf/commands.h"
#include "apps/kerf/opened_patch.h"
#include "apps/kerf/report.h"

namespace kerf::cli {

namespace {

Json to_json(const Info& command, const OpenedPatch& patch, const PatchInfo& info) {
  Json object{{"command", "info"},         {"patch", command.patch_path},
              {"format", info.format},     {"reader", patch.reader().name()},
              {"profile", info.profile},   {"patch_size", info.patch_size},
              {"new_size", info.new_size}, {"min_old_size", info.min_old_size},
              {"memory", info.memory},     {"appliers", info.appliers},
              {"signed", info.is_signed}};
  if (info.device_memory) {
    object["device_memory"] = *info.device_memory;
  }
  Json& refusers = object["refusers"] = Json::array();
  for (const auto& [program, reason] : info.refusers) {
    refusers.push_back({{"program", program}, {"reason", reason}});
  }
  if (info.old_id) {
    object["old"] = {{"size", info.old_id->size}, {"sha256", to_hex(info.old_id->sha256)}};
  }
  if (info.new_sha256) {
    object["new_sha256"] = to_hex(*info.new_sha256);
  }
  if (info.is_signed) {
    object["key_id"] = patch.signer();
    object["signature_verified"] = patch.verified();
  }
  Json& details = object["details"] = Json::object();
  for (const auto& [name, number] : info.details) {
    details[name] = number;
  }
  return object;
}

void row(std::string& text, std::string_view name, std::string_view value) {
  text += fmt::format("{:<18} {}\n", name, value);
}

std::string to_text(const Info& command, const OpenedPatch& patch, const PatchInfo& info) {
  std::string text;
  row(text, "patch", apps::input_name(command.patch_path));
  row(text, "format", fmt::format("{} ({})", info.format, info.profile));
  row(text, "patch size", apps::full_size(info.patch_size));
  row(text, "new size", apps::full_size(info.new_size));
  if (info.old_id) {
    row(text, "old size", apps::full_size(info.old_id->size));
    row(text, "old SHA-256", to_hex(info.old_id->sha256));
  } else {
    row(text, "old size", fmt::format("at least {}", apps::full_size(info.min_old_size)));
    row(text, "old SHA-256", "not stated (give --old-sha256 to kerf apply)");
  }
  row(text, "new SHA-256",
      info.new_sha256 ? to_hex(*info.new_sha256) : "not stated (give --new-sha256 to kerf apply)");
  if (info.is_signed) {
    row(text, "signed by key",
        patch.signer() + (patch.verified() ? " (verified)" : " (not verified: give --trust-key)"));
  } else {
    row(text, "signed by key", "none");
  }
  row(text, "memory to apply", apps::full_size(info.memory));
  if (info.device_memory) {
    row(text, "on small devices", apps::full_size(*info.device_memory));
  }
  for (std::size_t i = 0; i < info.appliers.size(); ++i) {
    row(text, i == 0 ? "applied by" : "", info.appliers[i]);
  }
  for (std::size_t i = 0; i < info.refusers.size(); ++i) {
    const auto& [program, reason] = info.refusers[i];
    row(text, i == 0 ? "refused by" : "", fmt::format("{}: {}", program, reason));
  }
  for (const auto& [name, number] : info.details) {
    row(text, name, apps::grouped(number));
  }
  return text;
}

}  // namespace

Status run(const Info& command) {
  TRY_ASSIGN(const OpenedPatch patch, OpenedPatch::open(command.patch_path, command.key_path));
  TRY_ASSIGN(const PatchInfo info, patch.info({generous_size, patch.memory(command.memory), 1}));
  if (command.manner.json) {
    return print_json(to_json(command, patch, info));
  }
  return command.manner.quiet ? Status() : print(stdout, to_text(command, patch, info));
}

}  // namespace kerf::cli
