#include "publish/package_list/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/common/progress.h"
#include "apps/kerf/commands.h"
#include "apps/kerf/report.h"

namespace kerf::cli {

namespace {

std::size_t count(const publish::LintReport& report, publish::Severity severity) {
  return static_cast<std::size_t>(
      std::ranges::count(report.findings, severity, &publish::Finding::severity));
}

Status say_json(const Lint& command, const publish::LintReport& report) {
  Json findings = Json::array();
  for (const publish::Finding& finding : report.findings) {
    findings.push_back({{"severity", publish::severity_name(finding.severity)},
                        {"check", finding.check},
                        {"place", finding.place},
                        {"what", finding.what}});
  }
  return print_json({{"command", "lint package-list"},
                     {"target", command.target},
                     {"findings", std::move(findings)},
                     {"errors", count(report, publish::Severity::error)},
                     {"warnings", count(report, publish::Severity::warning)},
                     {"lists", report.lists},
                     {"packages", report.packages},
                     {"deltas_applied", report.deltas}});
}

Status say(const Lint& command, const publish::LintReport& report) {
  std::string text;
  for (const publish::Finding& finding : report.findings) {
    if (!command.manner.quiet || finding.severity == publish::Severity::error) {
      text += fmt::format("{}: {}: {} [{}]\n", publish::severity_name(finding.severity),
                          finding.place, finding.what, finding.check);
    }
  }
  if (!command.manner.quiet) {
    text += fmt::format(
        "{}: {} lists, {} packages, {} deltas applied and compared: {} errors, {} warnings\n",
        command.target, report.lists, report.packages, report.deltas,
        count(report, publish::Severity::error), count(report, publish::Severity::warning));
  }
  return print(stdout, text);
}

}  // namespace

Status run(const Lint& command) {
  std::optional<trust::RsaPublicKey> key;
  if (command.device_key_path) {
    TRY_ASSIGN(auto loaded,
               trust::RsaPublicKey::load(*command.device_key_path, command.least_key_bits));
    key.emplace(std::move(loaded));
  }
  apps::ProgressBar bar(command.manner.progress);
  TRY_ASSIGN(const publish::LintReport report,
             publish::lint_package_list({.target = command.target,
                                         .device_key = key ? &*key : nullptr,
                                         .least_key_bits = command.least_key_bits,
                                         .observer = &bar}));
  bar.clear();
  TRY(command.manner.json ? say_json(command, report) : say(command, report));
  const std::size_t errors = count(report, publish::Severity::error);
  const std::size_t warnings = count(report, publish::Severity::warning);
  if (errors > 0 || (command.strict && warnings > 0)) {
    return Error(Code::mismatch,
                 fmt::format("{} errors and {} warnings were found", errors, warnings))
        .in(command.target);
  }
  return {};
}

}  // namespace kerf::cli
