#include "publish/package_list/publish.h"

#include <algorithm>
#include <set>

#include "base/json.h"
#include "io/file.h"
#include "io/folder.h"
#include "package/list/effective.h"
#include "package/list/expand.h"
#include "package/list/list.h"
#include "publish/package_list/layout.h"
#include "publish/package_list/small_file.h"
#include "publish/package_list/state.h"

namespace kerf::publish {

namespace {

using package_list::Package;
using package_list::PackageList;
using package_list::UpdateLocations;

constexpr std::size_t copy_buffer = std::size_t{1} << 20;

template <class List>
Result<List> load(const std::string& path, Result<List> (*parse)(Bytes, const Limits&)) {
  const Limits limits = package_list::list_limits();
  TRY_ASSIGN(const auto text, read_if_there(path, limits.memory));
  if (!text) {
    return List();
  }
  auto list = parse(*text, limits);
  if (!list) {
    return std::move(list).error().in(path);
  }
  return list;
}

// Copies and hashes; the content must be what inspect_package() saw.
Status copy_package(const PackageFile& package, const std::string& to) {
  TRY_ASSIGN(const io::FileSource from, io::FileSource::open(package.source));
  TRY(io::make_directories(io::directory_of(to)));
  TRY_ASSIGN(const auto out, io::OutputFile::create(to, true));
  HashingSink hashed(out.get());
  BufferedReader reader(from, copy_buffer);
  for (;;) {
    TRY_ASSIGN(const Bytes chunk, reader.read_some(copy_buffer));
    if (chunk.empty()) {
      break;
    }
    TRY(hashed.write(chunk));
  }
  if (hashed.finish() != package.id) {
    return Error(Code::mismatch, "the file changed while it was read").in(package.source);
  }
  return out->commit();
}

class Publisher {
 public:
  explicit Publisher(const PublishOptions& options)
      : options_(options), root_(options.repository) {}

  Result<PublishReport> run() && {
    TRY(check_options());
    TRY(io::make_directories(root_));
    TRY_ASSIGN(const io::Descriptor lock, io::lock_file(root_ + "/" + lock_name, false));
    TRY(sweep());
    TRY_ASSIGN(state_, State::load(root_));
    TRY_ASSIGN(list_, load(root_ + "/" + options_.list, package_list::parse_package_list));
    TRY_ASSIGN(locations_, load(root_ + "/" + package_list::locations_file,
                                package_list::parse_update_locations));
    for (const PackageFile& package : options_.packages) {
      TRY(add(package));
    }
    TRY(state_.save(root_));
    TRY(change_list());
    TRY(make_all_deltas());
    TRY(write_lists());
    return std::move(report_);
  }

 private:
  Status check_options() const {
    TRY_ASSIGN(const auto place, package_list::expand(options_.list));
    if (place.is_url || options_.list.find('/') != std::string::npos) {
      return Error(Code::denied, "the name of the package list must be a plain file name");
    }
    for (const std::string& location : options_.join) {
      TRY_ASSIGN(const auto checked, package_list::expand(location));
      static_cast<void>(checked);
    }
    return {};
  }

  // What kill -9 can leave where files cannot be written without a name.
  Status sweep() const {
    TRY(io::sweep_temporaries(root_));
    for (const char* folder : {"/packages", "/updates"}) {
      if (!io::is_folder(root_ + folder)) {
        continue;
      }
      TRY_ASSIGN(const auto entries, io::list_folder(root_ + folder));
      for (const io::FolderEntry& entry : entries) {
        if (entry.kind == io::FolderEntry::Kind::folder) {
          TRY(io::sweep_temporaries(root_ + folder + "/" + entry.name));
        }
      }
    }
    return {};
  }

  // A package of this call: into the folder and into the state.
  Status add(const PackageFile& package) {
    TRY_ASSIGN(const std::string file, package_path(package.name, package.version, package.type));
    TRY(check_names(package));
    const std::string path = root_ + "/" + file;
    if (const PublishedVersion* known = state_.find(package.name, package.version)) {
      if (known->id != package.id) {
        return Error(Code::denied,
                     "version " + in_quotes(package.version) + " of " + in_quotes(package.name) +
                         " has been published with other content: devices that have it would "
                         "get wrong updates; give the new content a new version")
            .in(package.source);
      }
    } else {
      state_.packages[package.name].push_back({package.version, package.type, file, package.id});
    }
    if (io::same_file(package.source, path)) {
      return {};
    }
    TRY_ASSIGN(const bool there, holds(path, package.id, options_.observer));
    return there ? Status() : copy_package(package, path);
  }

  // Two versions or two names that become one path would overwrite each other.
  Status check_names(const PackageFile& package) {
    if (!package_list::is_recommended_version(package.version)) {
      report_.advice.push_back(
          "version " + in_quotes(package.version) + " of " + in_quotes(package.name) +
          " holds characters outside a-z A-Z 0-9 - _ . as versions should not");
    }
    for (const auto& [name, versions] : state_.packages) {
      if (name != package.name && folder_name(name) == folder_name(package.name)) {
        return Error(Code::denied, "the package names " + in_quotes(name) + " and " +
                                       in_quotes(package.name) + " would share a folder");
      }
      for (const PublishedVersion& version : versions) {
        if (name == package.name && version.version != package.version &&
            package_list::translate(version.version) == package_list::translate(package.version)) {
          return Error(Code::denied,
                       "the versions " + in_quotes(version.version) + " and " +
                           in_quotes(package.version) + " of " + in_quotes(name) +
                           " are the same after devices have translated them for paths");
        }
      }
    }
    return {};
  }

  // The list as it will be, the facts of deltas aside.
  Status change_list() {
    for (const std::string& name : options_.remove) {
      if (std::erase_if(list_.packages, [&](const Package& p) { return p.name == name; }) == 0) {
        return Error(Code::denied, "there is no package " + in_quotes(name) + " to be removed")
            .in(root_ + "/" + options_.list);
      }
    }
    for (const std::string& name : options_.exclude) {
      const bool there = std::ranges::any_of(list_.packages, [&](const Package& package) {
        return package.exclude && package.name == name;
      });
      if (!there) {
        Package exclusion;
        exclusion.name = name;
        exclusion.exclude = true;
        // In front: it must not drop what this list itself brings.
        list_.packages.insert(list_.packages.begin(), std::move(exclusion));
      }
    }
    for (const PackageFile& package : options_.packages) {
      TRY(set_current(package));
    }
    for (const Package& package : list_.packages) {
      if (!package.exclude && state_.find(package.name, package.version) == nullptr) {
        report_.advice.push_back("package " + in_quotes(package.name) + " version " +
                                 in_quotes(package.version) +
                                 " was not published here: its entry stays as it is");
      }
    }
    const PackageList lists[] = {list_};
    TRY_ASSIGN(const auto checked, package_list::effective_packages(lists));
    static_cast<void>(checked);
    return {};
  }

  Status set_current(const PackageFile& file) {
    auto entry = std::ranges::find_if(list_.packages, [&](const Package& package) {
      return !package.exclude && package.name == file.name;
    });
    if (entry == list_.packages.end()) {
      entry = list_.packages.insert(entry, Package());
      entry->name = file.name;
    }
    entry->version = file.version;
    entry->reboot = options_.reboot;
    entry->path.reset();
    entry->diff_path.reset();
    if (options_.full || !takes_deltas(file.type)) {
      TRY_ASSIGN(entry->path, package_path(file.name, file.version, file.type));
    }
    if (options_.diff && takes_deltas(file.type)) {
      entry->diff_path = diff_pattern(file.name);
    }
    entry->size.reset();
    entry->sha256.reset();
    entry->diffs.clear();
    if (options_.facts) {
      entry->size = file.id.size;
      entry->sha256 = file.id.sha256;
    }
    return {};
  }

  // Without packages, a call is about everything that is in the list.
  bool concerns(const Package& entry) const {
    return options_.packages.empty() ||
           std::ranges::find(options_.packages, entry.name, &PackageFile::name) !=
               options_.packages.end();
  }

  // The versions from which deltas should lead to `current`, oldest first.
  Result<std::vector<PublishedVersion>> sources_of(const Package& entry) const {
    const auto& all = state_.packages.at(entry.name);
    std::vector<PublishedVersion> sources;
    for (const PublishedVersion& version : all) {
      const bool wanted = !options_.from || std::ranges::find(*options_.from, version.version) !=
                                                options_.from->end();
      if (wanted && version.version != entry.version) {
        sources.push_back(version);
      }
    }
    if (!options_.from && sources.size() > options_.keep) {
      sources.erase(sources.begin(), sources.end() - static_cast<std::ptrdiff_t>(options_.keep));
    }
    return sources;
  }

  Status check_from() const {
    for (const std::string& version : options_.from.value_or(std::vector<std::string>())) {
      const bool known = std::ranges::any_of(list_.packages, [&](const Package& package) {
        return concerns(package) && state_.find(package.name, version) != nullptr;
      });
      if (!known) {
        return Error(Code::denied,
                     "version " + in_quotes(version) +
                         " was never published here, so there is nothing to make a "
                         "delta from: publish that package first, or with the others");
      }
    }
    return {};
  }

  // A pattern that somebody wrote by hand may lead where nothing can be published from here.
  bool makes_deltas(const Package& entry) {
    if (!entry.diff_path) {
      return false;
    }
    const auto place = package_list::expand(*entry.diff_path, {"1", entry.version, {}});
    if (place && !place->is_url && package_list::uses_variable(*entry.diff_path, "from-version")) {
      return true;
    }
    report_.advice.push_back("no deltas of " + in_quotes(entry.name) + ": its pattern " +
                             in_quotes(*entry.diff_path) +
                             " does not stand for files of this repository");
    return false;
  }

  // Old packages may be gone; the deltas that were made of them can stay.
  bool is_possible(const DeltaWish& wish) {
    const auto known = state_.deltas.find(wish.file);
    const bool made = known != state_.deltas.end() && known->second.kept &&
                      known->second.source == wish.from.id.sha256 &&
                      known->second.target == wish.to.id.sha256 &&
                      io::exists(root_ + "/" + wish.file);
    const bool possible = made || io::exists(root_ + "/" + wish.from.file);
    if (!possible) {
      report_.advice.push_back("no delta of " + in_quotes(wish.package) + " from " +
                               in_quotes(wish.from.version) + ": " + wish.from.file +
                               " is no longer in the repository");
    }
    return possible;
  }

  Status make_all_deltas() {
    TRY(check_from());
    std::vector<DeltaWish> wishes;
    std::vector<Package*> targets;  // of each wish
    for (Package& entry : list_.packages) {
      const PublishedVersion* current =
          entry.exclude || !concerns(entry) ? nullptr : state_.find(entry.name, entry.version);
      if (current == nullptr) {
        continue;
      }
      report_.packages.push_back({entry.name, entry.version, current->id.size, {}});
      if (!makes_deltas(entry)) {
        continue;
      }
      entry.diffs.clear();
      TRY_ASSIGN(const auto sources, sources_of(entry));
      for (const PublishedVersion& source : sources) {
        TRY_ASSIGN(const auto place,
                   package_list::expand(*entry.diff_path, {source.version, entry.version, {}}));
        const DeltaWish wish{entry.name, source, *current, place.text, !entry.path};
        if (is_possible(wish)) {
          wishes.push_back(wish);
          targets.push_back(&entry);
        }
      }
    }
    TRY_ASSIGN(
        report_.deltas,
        make_deltas(root_, wishes, {options_.memory, options_.threads, options_.observer}, state_));
    for (std::size_t i = 0; i < wishes.size(); ++i) {
      record(wishes[i], *targets[i]);
    }
    return {};
  }

  void record(const DeltaWish& wish, Package& entry) {
    const KnownDelta& delta = state_.deltas.at(wish.file);
    const auto reported = std::ranges::find(report_.packages, entry.name, &PublishedPackage::name);
    reported->deltas.push_back({wish.from.version, delta.id.size, delta.kept});
    if (delta.kept && options_.facts) {
      entry.diffs[wish.from.version] = {delta.id.size, delta.id.sha256, delta.source};
    }
    if (delta.kept && delta.id.size >= wish.to.id.size) {
      report_.advice.push_back("the delta of " + in_quotes(entry.name) + " from " +
                               in_quotes(wish.from.version) +
                               " is not smaller than the package: give its path, too");
    }
  }

  Status write_lists() {
    TRY(write(options_.list, package_list::to_text(list_)));
    for (const std::string& location : options_.join) {
      join(location, false);
    }
    join(options_.list, true);
    TRY(write(package_list::locations_file, package_list::to_text(locations_)));
    if (options_.keys == nullptr) {
      return {};
    }
    TRY(note(publish_key(root_, *options_.keys), package_list::keys_file));
    for (const std::string& file : {options_.list, std::string(package_list::locations_file)}) {
      TRY(note(sign_file(root_, file, options_.keys->signer),
               file + package_list::signature_suffix));
    }
    return {};
  }

  // Ours goes behind the lists that are joined, because only then can it exclude what they bring.
  void join(const std::string& location, bool last) {
    auto& lists = locations_.lists;
    if (std::ranges::find(lists, location) != lists.end()) {
      return;
    }
    lists.insert(last ? lists.end() : std::ranges::find(lists, options_.list), location);
  }

  Status write(const std::string& file, const std::string& text) {
    return note(write_if_changed(root_ + "/" + file, as_bytes(text)), file);
  }

  Status note(Result<bool> written, const std::string& file) {
    if (!written) {
      return std::move(written).error();
    }
    if (*written) {
      report_.written.push_back(file);
    }
    return {};
  }

  const PublishOptions& options_;
  const std::string& root_;
  State state_;
  PackageList list_;
  UpdateLocations locations_;
  PublishReport report_;
};

}  // namespace

Result<PublishReport> publish_package_list(const PublishOptions& options) {
  return Publisher(options).run();
}

}  // namespace kerf::publish
