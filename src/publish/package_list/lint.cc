#include "publish/package_list/lint.h"

#include <algorithm>

#include "base/json.h"
#include "io/folder.h"
#include "package/list/effective.h"
#include "package/list/expand.h"
#include "package/list/list.h"
#include "publish/package_list/findings.h"
#include "publish/package_list/lint_package.h"
#include "publish/package_list/lint_signatures.h"
#include "publish/package_list/small_file.h"
#include "publish/package_list/stock.h"

namespace kerf::publish {

namespace {

using package_list::PackageList;

class Linter {
 public:
  explicit Linter(const LintOptions& options) : options_(options), findings_(report_.findings) {}

  Result<LintReport> run() && {
    std::vector<std::string> files;
    if (io::is_folder(options_.target)) {
      root_ = options_.target;
      while (root_.size() > 1 && root_.ends_with('/')) {
        root_.pop_back();
      }
      TRY_ASSIGN(files, find_lists());
    } else if (!io::exists(options_.target)) {
      return Error(Code::io, "there is no such folder or package list").in(options_.target);
    } else {
      root_ = io::directory_of(options_.target);
      files = {options_.target};
    }
    TRY_ASSIGN(const LintKeys keys, LintKeys::open(root_, options_, findings_));
    if (has_locations_) {
      TRY(keys.check(root_ + "/" + package_list::locations_file, findings_));
    }
    TRY_ASSIGN(const Stock stock, Stock::take(root_, options_.observer));
    for (const std::string& file : files) {
      TRY(keys.check(file, findings_));
      TRY(lint_list(file, stock));
    }
    check_together();
    return std::move(report_);
  }

 private:
  Result<std::vector<std::string>> find_lists() {
    const std::string path = root_ + "/" + package_list::locations_file;
    const Limits limits = package_list::list_limits();
    TRY_ASSIGN(const auto text, read_if_there(path, limits.memory));
    if (!text) {
      const std::string alone = root_ + "/package-list";
      if (!io::exists(alone)) {
        return Error(Code::io,
                     "there is neither update-locations nor package-list in this folder: name the "
                     "package list itself")
            .in(root_);
      }
      findings_.warning("missing-locations", path,
                        "there is no update-locations: devices would not find the package list");
      return std::vector<std::string>{alone};
    }
    has_locations_ = true;
    std::vector<std::string> files;
    const auto locations = package_list::parse_update_locations(*text, limits);
    if (!locations) {
      findings_.error("format", path, locations.error().text());
      return files;
    }
    for (const package_list::Unknown& member : locations->unknown) {
      findings_.warning("unknown-field", path,
                        "the member " + in_quotes(member.name) + " is not known");
    }
    for (const std::string& location : locations->lists) {
      const auto place = package_list::expand(location);
      if (!place) {
        findings_.error("path-climbs", path, place.error().text());
      } else if (place->is_url) {
        elsewhere_ = true;
        findings_.note("not-checked", path,
                       in_quotes(location) + " is a URL, and kerf follows none here");
      } else {
        files.push_back(root_ + "/" + place->text);
      }
    }
    if (locations->lists.empty()) {
      findings_.error("format", path, "it names no package list");
    }
    return files;
  }

  Status lint_list(const std::string& file, const Stock& stock) {
    const Limits limits = package_list::list_limits();
    TRY_ASSIGN(const auto text, read_if_there(file, limits.memory));
    if (!text) {
      findings_.error("missing-list", file, "the package list is not there");
      return {};
    }
    auto list = package_list::parse_package_list(*text, limits);
    if (!list) {
      findings_.error("format", file, list.error().text());
      return {};
    }
    ++report_.lists;
    for (const package_list::Unknown& member : list->unknown) {
      findings_.warning("unknown-field", file,
                        "the member " + in_quotes(member.name) + " is not known");
    }
    const std::string folder = io::directory_of(file);
    for (std::size_t i = 0; i < list->packages.size(); ++i) {
      const package_list::Package& entry = list->packages[i];
      TRY(notify(options_.observer, "packages", i, list->packages.size()));
      const EntryContext context{
          folder, file + ": packages[" + std::to_string(i) + "] " + in_quotes(entry.name), stock,
          findings_, nullptr};
      TRY(lint_package(entry, context, report_.deltas));
      report_.packages += entry.exclude ? 0U : 1U;
    }
    lists_.push_back(*std::move(list));
    return {};
  }

  void check_together() {
    if (const auto effective = package_list::effective_packages(lists_); !effective) {
      findings_.error("duplicate-name", root_, effective.error().text());
    }
    std::vector<std::string> before;
    for (const PackageList& list : lists_) {
      for (const package_list::Package& entry : list.packages) {
        if (!entry.exclude) {
          before.push_back(entry.name);
        } else if (!elsewhere_ && std::ranges::find(before, entry.name) == before.end()) {
          findings_.note(
              "exclude-nothing", root_,
              "no package " + in_quotes(entry.name) + " stands before the entry that excludes it");
        }
      }
    }
  }

  const LintOptions& options_;
  LintReport report_;
  Findings findings_;
  std::string root_;
  bool has_locations_ = false;
  bool elsewhere_ = false;  // some lists are not here
  std::vector<PackageList> lists_;
};

}  // namespace

std::string_view severity_name(Severity severity) {
  return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "note";
}

Result<LintReport> lint_package_list(const LintOptions& options) {
  return Linter(options).run();
}

}  // namespace kerf::publish
