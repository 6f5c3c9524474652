#include "publish/package_list/lint_package.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/json.h"
#include "io/file.h"
#include "io/folder.h"
#include "io/hash_source.h"
#include "package/list/expand.h"
#include "publish/package_list/deltas.h"
#include "publish/package_list/package_file.h"

namespace kerf::publish {

namespace {

using package_list::DiffFacts;
using package_list::expand;
using package_list::Package;
using package_list::translate;
using package_list::uses_variable;
using package_list::Variables;

// A delta above this share of its package hardly pays for the work of the device.
constexpr std::uint64_t hardly_smaller_percent = 90;

class EntryLinter {
 public:
  EntryLinter(const Package& entry, const EntryContext& context, std::size_t& deltas)
      : entry_(entry), context_(context), found_(context.findings), deltas_(deltas) {}

  Status run() {
    check_members();
    if (entry_.exclude) {
      return {};
    }
    TRY(check_full());
    if (!entry_.diff_path) {
      return {};
    }
    if (entry_.path && type_by_extension(*entry_.path) == PackageType::zip) {
      found_.error("zip-diff", at("diff_path"), "devices apply no deltas to ZIP packages");
      return {};
    }
    collect_versions();
    check_versions();
    TRY(check_deltas());
    return look_for_strangers();
  }

 private:
  std::string at(const char* member) const { return context_.place + ": " + in_quotes(member); }

  void check_members() {
    for (const package_list::Unknown& member : entry_.unknown) {
      found_.warning("unknown-field", context_.place,
                     "the member " + in_quotes(member.name) + " is not known");
    }
    if (!entry_.version.empty() && !package_list::is_recommended_version(entry_.version)) {
      found_.warning("version-characters", at("version"),
                     in_quotes(entry_.version) + " holds characters outside a-z A-Z 0-9 - _ .");
    }
  }

  // The file below the folder that a pattern stands for; nothing (and a finding, unless it is just
  // out of reach) if there is none to look at.
  std::optional<std::string> resolve(const char* member, const std::string& pattern,
                                     Variables variables) {
    const bool by_hardware = uses_variable(pattern, "hw-id");
    if (by_hardware) {
      variables.hardware_id = "hw-id";  // any value: the rest of the path is still checked
    }
    const auto place = expand(pattern, variables);
    if (!place) {
      found_.error(place.error().code() == Code::denied ? "path-climbs" : "path-variable",
                   at(member), place.error().text());
      return {};
    }
    if (place->is_url || by_hardware) {
      found_.note("not-checked", at(member),
                  in_quotes(pattern) + (place->is_url ? " is a URL, and kerf follows none here"
                                                      : " differs from device to device"));
      return {};
    }
    return context_.folder + "/" + place->text;
  }

  // What the package is when its `path` does not tell.
  void guess_target() {
    if (const StockItem* item = context_.stock.find(entry_.name, entry_.version)) {
      target_ = item->id;
    } else if (entry_.sha256 && entry_.size) {
      target_ = BlobId{*entry_.size, *entry_.sha256};
    }
  }

  Status check_full() {
    const auto path =
        entry_.path ? resolve("path", *entry_.path, {{}, entry_.version, {}}) : std::nullopt;
    if (!path) {
      guess_target();
      return {};
    }
    if (!type_by_extension(*path)) {
      found_.error("package-type", at("path"),
                   in_quotes(*entry_.path) + " is neither .apk nor .ttpkg nor .zip");
    }
    if (!io::exists(*path)) {
      found_.error("missing-package", at("path"), *path + " is not there");
      return {};
    }
    const StockItem* item = context_.stock.find_path(*path);
    if (item == nullptr) {
      TRY_ASSIGN(const io::FileSource file, io::FileSource::open(*path));
      TRY_ASSIGN(target_, identify(file, context_.observer));
    } else {
      target_ = item->id;
      check_identity(*item);
    }
    if (entry_.size.value_or(target_->size) != target_->size) {
      found_.error("wrong-package", at("size"),
                   *path + " has " + std::to_string(target_->size) + " bytes");
    } else if (entry_.sha256.value_or(target_->sha256) != target_->sha256) {
      found_.error("wrong-package", at("sha256"), *path + " has another SHA-256");
    }
    return {};
  }

  void check_identity(const StockItem& item) {
    const bool apk = type_by_extension(item.path) == PackageType::apk;
    if (apk && item.name.empty()) {
      found_.error("wrong-package", at("path"), item.path + " is no APK that Android would read");
    } else if (apk && (item.name != entry_.name || item.version != entry_.version)) {
      found_.error("wrong-package", at("path"),
                   item.path + " is " + in_quotes(item.name) + " version code " + item.version);
    }
  }

  // Every version from which a device might come: of packages in the stock, and named in the entry.
  void collect_versions() {
    const auto stocked = context_.stock.versions_of(entry_.name);
    versions_.insert(stocked.begin(), stocked.end());
    for (const auto& [version, facts] : entry_.diffs) {
      versions_.insert(version);
    }
  }

  void check_versions() {
    std::map<std::string, std::string> translated;
    for (const std::string& version : versions_) {
      if (version != entry_.version && !package_list::is_recommended_version(version)) {
        found_.warning("version-characters", at("diff_path"),
                       "the earlier version " + in_quotes(version) +
                           " holds characters outside a-z A-Z 0-9 - _ .");
      }
      const auto [other, fresh] = translated.emplace(translate(version), version);
      if (!fresh) {
        found_.error("version-collision", at("diff_path"),
                     "the versions " + in_quotes(other->second) + " and " + in_quotes(version) +
                         " lead to the same path after translation");
      }
    }
  }

  Status check_deltas() {
    std::size_t usable = 0;
    bool out_of_reach = false;
    for (const std::string& version : versions_) {
      if (version == entry_.version) {
        continue;
      }
      const auto path = resolve("diff_path", *entry_.diff_path, {version, entry_.version, {}});
      if (!path) {
        out_of_reach = true;
        break;  // the next version would say the same
      }
      TRY_ASSIGN(const bool usable_one, check_delta_from(version, *path));
      usable += usable_one ? 1U : 0U;
    }
    if (versions_.empty()) {
      // Nobody to expand it for, but it must be sound all the same.
      out_of_reach = !resolve("diff_path", *entry_.diff_path, {"1", entry_.version, {}});
    }
    if (!uses_variable(*entry_.diff_path, "from-version")) {
      found_.warning("path-variable", at("diff_path"),
                     "there is no {from-version} in it: devices of every version get this delta");
    }
    if (!entry_.path && usable == 0 && !out_of_reach) {
      found_.error("unreachable-package", context_.place,
                   "there is no \"path\", and no delta that could be checked leads to it");
    }
    return {};
  }

  // Whether a device at `version` can use it.
  Result<bool> check_delta_from(const std::string& version, const std::string& path) {
    const auto known = entry_.diffs.find(version);
    const DiffFacts facts = known == entry_.diffs.end() ? DiffFacts() : known->second;
    if (!io::exists(path)) {
      if (known != entry_.diffs.end()) {
        found_.error("missing-delta", at("diff_path"),
                     path + " is not there, but the list describes it");
      } else if (!entry_.path) {
        found_.error("missing-delta", at("diff_path"),
                     path + " is not there, and without \"path\" devices at version " +
                         in_quotes(version) + " cannot be updated");
      } else {
        found_.note("missing-delta", at("diff_path"),
                    "no delta from version " + in_quotes(version) +
                        ": devices there get the whole package");
      }
      return false;
    }
    checked_.insert(path);
    TRY_ASSIGN(const io::FileSource file, io::FileSource::open(path));
    TRY_ASSIGN(const BlobId id, identify(file, context_.observer));
    if (facts.size.value_or(id.size) != id.size || facts.sha256.value_or(id.sha256) != id.sha256) {
      found_.error("wrong-delta", at("diff_path"),
                   path + " is not the file that the list describes");
      return false;
    }
    compare_sizes(path, id.size);
    return apply(version, path, facts);
  }

  void compare_sizes(const std::string& path, std::uint64_t size) {
    if (!target_) {
      return;
    }
    if (size >= target_->size) {
      found_.warning("delta-not-smaller", at("diff_path"),
                     path + " has " + std::to_string(size) + " bytes, the package only " +
                         std::to_string(target_->size));
    } else if (size / 100 * 100 >= target_->size / 100 * hardly_smaller_percent) {
      found_.note("delta-hardly-smaller", at("diff_path"),
                  path + " has more than " + std::to_string(hardly_smaller_percent) +
                      " % of the size of the package");
    }
  }

  Result<bool> apply(const std::string& version, const std::string& path, const DiffFacts& facts) {
    const StockItem* source = context_.stock.find(entry_.name, version);
    if (facts.source_sha256) {
      if (source != nullptr && source->id.sha256 != *facts.source_sha256) {
        found_.error("wrong-source", at("source_sha256"),
                     source->path + " is version " + in_quotes(version) +
                         ", but not the file that the list describes as the source");
        return false;
      }
      source = source != nullptr ? source : context_.stock.find(*facts.source_sha256);
    }
    if (source == nullptr || !target_) {
      found_.warning("unreachable-source", at("diff_path"),
                     path + " cannot be checked: the package of version " +
                         in_quotes(source == nullptr ? version : entry_.version) +
                         " is not in this repository");
      return true;
    }
    auto applied = check_delta(source->path, path, *target_);
    if (!applied) {
      if (applied.error().code() == Code::io) {
        return std::move(applied).error();
      }
      found_.error("wrong-delta", at("diff_path"),
                   path + " does not turn version " + in_quotes(version) + " into " +
                       in_quotes(entry_.version) + ": " + applied.error().text());
      return false;
    }
    ++deltas_;
    return true;
  }

  // Files that the pattern fits, from versions that nothing here knows. Only where the version is a
  // part of the file name: folders may hold anything.
  Status look_for_strangers() {
    static constexpr std::string_view variable = "{from-version}";
    const std::string& pattern = *entry_.diff_path;
    const std::size_t first = pattern.find(variable);
    if (first == std::string::npos || pattern.find(variable, first + 1) != std::string::npos ||
        pattern.find('/', first) != std::string::npos || uses_variable(pattern, "hw-id")) {
      return {};
    }
    // A stand-in that no translation changes and no path rule forbids.
    const std::string marker = "\xc2\xa7";
    const auto place = expand(pattern, {marker, entry_.version, {}});
    if (!place || place->is_url) {
      return {};
    }
    const std::string path = context_.folder + "/" + place->text;
    const std::string folder = io::directory_of(path);
    const std::string name = path.substr(folder.size() + 1);
    const std::size_t cut = name.find(marker);
    if (!io::is_folder(folder) || cut == std::string::npos) {
      return {};
    }
    const std::string before = name.substr(0, cut);
    const std::string after = name.substr(cut + marker.size());
    TRY_ASSIGN(const auto entries, io::list_folder(folder));
    for (const io::FolderEntry& file : entries) {
      const bool fits = file.name.size() > before.size() + after.size() &&
                        file.name.starts_with(before) && file.name.ends_with(after);
      if (fits && !checked_.contains(folder + "/" + file.name)) {
        found_.warning("unreachable-source", at("diff_path"),
                       folder + "/" + file.name +
                           " cannot be checked: no package of the version that it starts from is "
                           "in this repository");
      }
    }
    return {};
  }

  const Package& entry_;
  const EntryContext& context_;
  Findings found_;
  std::size_t& deltas_;
  std::optional<BlobId> target_;  // nothing if nobody knows the package
  std::set<std::string> versions_;
  std::set<std::string> checked_;  // paths of deltas
};

}  // namespace

Status lint_package(const Package& entry, const EntryContext& context, std::size_t& deltas) {
  return EntryLinter(entry, context, deltas).run();
}

}  // namespace kerf::publish
