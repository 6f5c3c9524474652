#include <nlohmann/json.hpp>

#include "package/list/list.h"

namespace kerf::package_list {

namespace {

using Json = nlohmann::ordered_json;

// As the parser kept it: its own output, so it cannot fail. Not operator[]: it would search through
// all members before.
void add_unknown(Json& object, const std::vector<Unknown>& unknown) {
  for (const Unknown& member : unknown) {
    object.get_ref<Json::object_t&>().push_back(
        {member.name, Json::parse(member.json, nullptr, false)});
  }
}

template <class T, class ToJson>
void add_facts(Json& object, const char* name, const std::map<std::string, DiffFacts>& diffs,
               std::optional<T> DiffFacts::*field, ToJson to_json) {
  Json facts = Json::object();
  for (const auto& [version, diff] : diffs) {
    if (diff.*field) {
      facts.get_ref<Json::object_t&>().push_back({version, to_json(*(diff.*field))});
    }
  }
  if (!facts.empty()) {
    object[name] = std::move(facts);
  }
}

Json to_json(const Package& package) {
  const auto hex = [](const Sha256& hash) { return to_hex(hash); };
  Json object = Json::object();
  object["name"] = package.name;
  if (!package.version.empty()) {
    object["version"] = package.version;
  }
  if (package.path) {
    object["path"] = *package.path;
  }
  if (package.diff_path) {
    object["diff_path"] = *package.diff_path;
  }
  if (package.reboot) {
    object["reboot"] = "true";
  }
  if (package.exclude) {
    object["exclude"] = "true";
  }
  if (package.size) {
    object["size"] = *package.size;
  }
  if (package.sha256) {
    object["sha256"] = hex(*package.sha256);
  }
  add_facts(object, "diff_size", package.diffs, &DiffFacts::size,
            [](std::uint64_t size) { return size; });
  add_facts(object, "diff_sha256", package.diffs, &DiffFacts::sha256, hex);
  add_facts(object, "source_sha256", package.diffs, &DiffFacts::source_sha256, hex);
  add_unknown(object, package.unknown);
  return object;
}

std::string to_text(const char* name, Json items, const std::vector<Unknown>& unknown) {
  Json document = Json::object();
  document["schema"] = "1";
  document[name] = std::move(items);
  add_unknown(document, unknown);
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string to_text(const PackageList& list) {
  Json items = Json::array();
  for (const Package& package : list.packages) {
    items.push_back(to_json(package));
  }
  return to_text("packages", std::move(items), list.unknown);
}

std::string to_text(const UpdateLocations& locations) {
  Json items = Json::array();
  for (const std::string& list : locations.lists) {
    items.push_back(list);
  }
  return to_text("locations", std::move(items), locations.unknown);
}

std::string to_text(const KeyList& keys) {
  Json items = Json::array();
  for (const ListedKey& key : keys.keys) {
    Json item = Json::object();
    item["filename"] = key.filename;
    item["hash"] = to_hex(key.sha256);
    items.push_back(std::move(item));
  }
  return to_text("keys", std::move(items), keys.unknown);
}

}  // namespace kerf::package_list
