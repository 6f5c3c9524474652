#include "publish/package_list/stock.h"

#include <algorithm>
#include <set>

#include "io/file.h"
#include "io/folder.h"
#include "io/hash_source.h"
#include "package/apk/apk.h"
#include "publish/package_list/package_file.h"
#include "publish/package_list/state.h"

namespace kerf::publish {

namespace {

constexpr unsigned deepest = 16;
constexpr Limits apk_limits{.output = 0, .memory = std::uint64_t{8} << 20, .depth = 1};

}  // namespace

Result<Stock> Stock::take(const std::string& folder, Observer* observer) {
  Stock stock;
  TRY(stock.look(folder, 0, observer));
  // A damaged state is the publisher's affair: what it says is only needed for TTPKG and ZIP.
  if (const auto state = State::load(folder)) {
    for (const auto& [name, versions] : state->packages) {
      for (const PublishedVersion& version : versions) {
        const auto item =
            std::ranges::find(stock.items_, folder + "/" + version.file, &StockItem::path);
        if (item != stock.items_.end() && item->name.empty()) {
          item->name = name;
          item->version = version.version;
        }
      }
    }
  }
  return stock;
}

Status Stock::look(const std::string& folder, unsigned depth, Observer* observer) {
  if (depth > deepest) {
    return {};
  }
  TRY_ASSIGN(const auto entries, io::list_folder(folder));
  for (const io::FolderEntry& entry : entries) {
    const std::string path = folder + "/" + entry.name;
    if (entry.kind == io::FolderEntry::Kind::folder) {
      TRY(look(path, depth + 1, observer));
      continue;
    }
    const auto type = type_by_extension(entry.name);
    if (entry.kind != io::FolderEntry::Kind::file || !type) {
      continue;
    }
    TRY_ASSIGN(const io::FileSource file, io::FileSource::open(path));
    StockItem item;
    item.path = path;
    TRY_ASSIGN(item.id, identify(file, observer));
    if (*type == PackageType::apk) {
      if (const auto identity = apk::identify(file, apk_limits)) {
        item.name = identity->name;
        item.version = std::to_string(identity->version_code);
      }
    }
    items_.push_back(std::move(item));
  }
  return {};
}

const StockItem* Stock::find(const std::string& name, const std::string& version) const {
  const auto found = std::ranges::find_if(
      items_, [&](const StockItem& item) { return item.name == name && item.version == version; });
  return found == items_.end() ? nullptr : &*found;
}

const StockItem* Stock::find(const Sha256& sha256) const {
  const auto found =
      std::ranges::find_if(items_, [&](const StockItem& item) { return item.id.sha256 == sha256; });
  return found == items_.end() ? nullptr : &*found;
}

const StockItem* Stock::find_path(const std::string& path) const {
  const auto found = std::ranges::find(items_, path, &StockItem::path);
  return found == items_.end() ? nullptr : &*found;
}

std::vector<std::string> Stock::versions_of(const std::string& name) const {
  std::set<std::string> versions;
  for (const StockItem& item : items_) {
    if (item.name == name) {
      versions.insert(item.version);
    }
  }
  return {versions.begin(), versions.end()};
}

}  // namespace kerf::publish
