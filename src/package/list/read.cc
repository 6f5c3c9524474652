#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json.h"
#include "package/list/list.h"

namespace kerf::package_list {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* schema = "1";

Error wrong(std::string what) {
  return Error(Code::corrupt, std::move(what));
}

// One object, whose members are taken one by one; what is left over is unknown.
class Members {
 public:
  static Result<Members> of(const Json& value) {
    if (!value.is_object()) {
      return wrong("an object { ... } is expected here");
    }
    return Members(value);
  }

  // Null if there is no such member.
  const Json* take(const char* name) {
    taken_.insert(name);
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }
  Result<const Json*> demand(const char* name) {
    const Json* found = take(name);
    if (found == nullptr) {
      return wrong(in_quotes(name) + " is missing");
    }
    return found;
  }
  Result<std::optional<std::string>> text(const char* name) {
    const Json* found = take(name);
    if (found == nullptr) {
      return std::optional<std::string>();
    }
    if (!found->is_string()) {
      return wrong("a string is expected").in(in_quotes(name));
    }
    auto value = found->get<std::string>();
    if (value.empty()) {
      return wrong("the string is empty").in(in_quotes(name));
    }
    return std::optional(std::move(value));
  }
  Result<std::string> demand_text(const char* name) {
    TRY_ASSIGN(auto value, text(name));
    if (!value) {
      return wrong(in_quotes(name) + " is missing");
    }
    return *std::move(value);
  }
  // The documentation writes "true", people write true.
  Result<bool> flag(const char* name) {
    const Json* found = take(name);
    if (found == nullptr || *found == false || *found == "false") {
      return false;
    }
    if (*found == true || *found == "true") {
      return true;
    }
    return wrong("\"true\" or \"false\" is expected").in(in_quotes(name));
  }
  std::vector<Unknown> rest() const {
    std::vector<Unknown> left;
    for (const auto& [name, value] : object_.items()) {
      if (!taken_.contains(name)) {
        left.push_back({name, value.dump()});
      }
    }
    return left;
  }

 private:
  explicit Members(const Json& object) : object_(object) {}
  const Json& object_;
  std::set<std::string, std::less<>> taken_;
};

Result<std::uint64_t> to_size(const Json& value) {
  if (!value.is_number_unsigned()) {
    return wrong("a number of bytes is expected, without sign, point or quotes");
  }
  return value.get<std::uint64_t>();
}

Result<Sha256> to_sha256(const Json& value) {
  if (!value.is_string()) {
    return wrong("64 hexadecimal digits in quotes are expected");
  }
  auto parsed = parse_sha256(value.get_ref<const std::string&>());
  if (!parsed) {
    return wrong("64 hexadecimal digits are expected (" + parsed.error().what() + ")");
  }
  return parsed;
}

template <class T>
Status take_optional(Members& members, const char* name, Result<T> (*convert)(const Json&),
                     std::optional<T>& value) {
  if (const Json* found = members.take(name); found != nullptr) {
    auto converted = convert(*found);
    if (!converted) {
      return std::move(converted).error().in(in_quotes(name));
    }
    value = *std::move(converted);
  }
  return {};
}

// A member of the form {"from-version": fact, ...}.
template <class T>
Status take_facts(Members& members, const char* name, Result<T> (*convert)(const Json&),
                  std::optional<T> DiffFacts::*field, std::map<std::string, DiffFacts>& diffs) {
  const Json* found = members.take(name);
  if (found == nullptr) {
    return {};
  }
  if (!found->is_object()) {
    return wrong("an object from versions to values is expected").in(in_quotes(name));
  }
  for (const auto& [version, value] : found->items()) {
    auto converted = convert(value);
    if (!converted) {
      return std::move(converted).error().in(in_quotes(version)).in(in_quotes(name));
    }
    diffs[version].*field = *std::move(converted);
  }
  return {};
}

Result<Package> to_package(const Json& value) {
  TRY_ASSIGN(Members members, Members::of(value));
  Package package;
  TRY_ASSIGN(package.name, members.demand_text("name"));
  TRY_ASSIGN(package.exclude, members.flag("exclude"));
  TRY_ASSIGN(package.reboot, members.flag("reboot"));
  TRY_ASSIGN(auto version, members.text("version"));
  TRY_ASSIGN(package.path, members.text("path"));
  TRY_ASSIGN(package.diff_path, members.text("diff_path"));
  if (!package.exclude) {
    if (!version) {
      return wrong("\"version\" is missing");
    }
    if (!package.path && !package.diff_path) {
      return wrong("neither \"path\" nor \"diff_path\" says where the package is");
    }
  }
  package.version = std::move(version).value_or("");
  TRY(take_optional(members, "size", to_size, package.size));
  TRY(take_optional(members, "sha256", to_sha256, package.sha256));
  TRY(take_facts(members, "diff_size", to_size, &DiffFacts::size, package.diffs));
  TRY(take_facts(members, "diff_sha256", to_sha256, &DiffFacts::sha256, package.diffs));
  TRY(take_facts(members, "source_sha256", to_sha256, &DiffFacts::source_sha256, package.diffs));
  package.unknown = members.rest();
  return package;
}

Result<std::string> to_location(const Json& value) {
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
    return wrong("the path or URL of a package list is expected, in quotes");
  }
  return value.get<std::string>();
}

// Such names are joined to the folder of the key list without further ado.
bool is_plain_name(const std::string& name) {
  return name != "." && name != ".." && std::ranges::none_of(name, [](char c) {
           return c == '/' || c == '\\' || c == '%' || static_cast<unsigned char>(c) < 0x20 ||
                  c == 0x7f;
         });
}

Result<ListedKey> to_key(const Json& value) {
  TRY_ASSIGN(Members members, Members::of(value));
  ListedKey key;
  TRY_ASSIGN(key.filename, members.demand_text("filename"));
  if (!is_plain_name(key.filename)) {
    return wrong(in_quotes(key.filename) + " is not a plain file name").in("\"filename\"");
  }
  TRY_ASSIGN(const Json* hash, members.demand("hash"));
  auto converted = to_sha256(*hash);
  if (!converted) {
    return std::move(converted).error().in("\"hash\"");
  }
  key.sha256 = *converted;
  return key;
}

// What the three files have in common: {"schema": "1", NAME: [ item, ... ], ...}.
template <class Item>
Status read_file(Bytes text, const Limits& limits, const char* name,
                 Result<Item> (*convert)(const Json&), std::vector<Item>& items,
                 std::vector<Unknown>& unknown) {
  TRY_ASSIGN(const Json document, parse_json(text, limits));
  TRY_ASSIGN(Members members, Members::of(document));
  TRY_ASSIGN(const Json* version, members.demand("schema"));
  if (*version != schema) {
    return Error(Code::unsupported, "\"schema\" is " + in_quotes(version->dump()) +
                                        ", but only the string \"1\" is known here");
  }
  TRY_ASSIGN(const Json* array, members.demand(name));
  if (!array->is_array()) {
    return wrong("an array [ ... ] is expected").in(in_quotes(name));
  }
  items.reserve(array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    auto item = convert((*array)[i]);
    if (!item) {
      return std::move(item).error().in(std::string(name) + "[" + std::to_string(i) + "]");
    }
    items.push_back(*std::move(item));
  }
  unknown = members.rest();
  return {};
}

}  // namespace

Limits list_limits() {
  return {.output = 0, .memory = std::uint64_t{16} << 20, .depth = 16};
}

Result<PackageList> parse_package_list(Bytes text, const Limits& limits) {
  PackageList list;
  TRY(read_file(text, limits, "packages", to_package, list.packages, list.unknown));
  return list;
}

Result<UpdateLocations> parse_update_locations(Bytes text, const Limits& limits) {
  UpdateLocations locations;
  TRY(read_file(text, limits, "locations", to_location, locations.lists, locations.unknown));
  return locations;
}

Result<KeyList> parse_key_list(Bytes text, const Limits& limits) {
  KeyList keys;
  TRY(read_file(text, limits, "keys", to_key, keys.keys, keys.unknown));
  return keys;
}

}  // namespace kerf::package_list
