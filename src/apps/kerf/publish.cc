#include "publish/package_list/publish.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "apps/common/progress.h"
#include "apps/common/text.h"
#include "apps/kerf/commands.h"
#include "apps/kerf/report.h"

namespace kerf::cli {

namespace {

Result<std::optional<publish::SigningKeys>> load_keys(const Publish& command) {
  std::optional<publish::SigningKeys> keys;
  if (!command.key_path) {
    return keys;
  }
  TRY_ASSIGN(auto signer, trust::RsaPrivateKey::load(*command.key_path, command.least_key_bits));
  keys.emplace(publish::SigningKeys{std::move(signer), {}, command.key_name});
  if (command.device_key_path) {
    TRY_ASSIGN(auto device,
               trust::RsaPrivateKey::load(*command.device_key_path, command.least_key_bits));
    keys->device.emplace(std::move(device));
  }
  return keys;
}

Status say_json(const Publish& command, const publish::PublishReport& report) {
  Json packages = Json::array();
  for (const publish::PublishedPackage& package : report.packages) {
    Json deltas = Json::array();
    for (const auto& delta : package.deltas) {
      deltas.push_back({{"from", delta.from}, {"size", delta.size}, {"kept", delta.kept}});
    }
    packages.push_back({{"name", package.name},
                        {"version", package.version},
                        {"size", package.size},
                        {"deltas", std::move(deltas)}});
  }
  return print_json({{"command", "publish package-list"},
                     {"repository", command.repository},
                     {"packages", std::move(packages)},
                     {"deltas_made", report.deltas.made},
                     {"deltas_kept", report.deltas.kept},
                     {"deltas_not_smaller", report.deltas.not_smaller},
                     {"written", report.written},
                     {"advice", report.advice}});
}

Status say(const Publish& command, const publish::PublishReport& report) {
  std::string text;
  for (const publish::PublishedPackage& package : report.packages) {
    text +=
        fmt::format("{} {}: {}\n", package.name, package.version, apps::full_size(package.size));
    for (const auto& delta : package.deltas) {
      text += fmt::format("  from {}: {}, {}{}\n", delta.from, apps::full_size(delta.size),
                          apps::percent(delta.size, package.size),
                          delta.kept ? "" : ": not smaller, so not published");
    }
  }
  text += fmt::format("{}: {} deltas made, {} kept{}{}\n", command.repository, report.deltas.made,
                      report.deltas.kept, report.deltas.made > 0 ? "; applied and compared" : "",
                      report.written.empty() ? "; nothing else changed" : "");
  for (const std::string& file : report.written) {
    text += fmt::format("  wrote {}\n", file);
  }
  TRY(print(stdout, text));
  for (const std::string& advice : report.advice) {
    TRY(print(stderr, "kerf: note: " + advice + "\n"));
  }
  return {};
}

}  // namespace

Status run(const Publish& command) {
  TRY_ASSIGN(const auto keys, load_keys(command));
  apps::ProgressBar bar(command.manner.progress);
  publish::PublishOptions options{.repository = command.repository,
                                  .list = command.list,
                                  .packages = {},
                                  .keep = command.keep,
                                  .from = command.from,
                                  .full = command.full,
                                  .diff = command.diff,
                                  .facts = command.facts,
                                  .reboot = command.reboot,
                                  .exclude = command.exclude,
                                  .remove = command.remove,
                                  .join = command.join,
                                  .keys = keys ? &*keys : nullptr,
                                  .memory = command.memory,
                                  .threads = command.threads,
                                  .observer = &bar};
  for (const std::string& file : command.files) {
    TRY_ASSIGN(auto package, publish::inspect_package(file, command.name, command.version, &bar));
    options.packages.push_back(std::move(package));
  }
  TRY_ASSIGN(const publish::PublishReport report, publish::publish_package_list(options));
  bar.clear();
  if (command.manner.json) {
    return say_json(command, report);
  }
  return command.manner.quiet ? Status() : say(command, report);
}

}  // namespace kerf::cli
