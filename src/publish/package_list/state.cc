#include "publish/package_list/state.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "publish/package_list/small_file.h"

namespace kerf::publish {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* state_file = "/.kerf-publish.json";
constexpr const char* schema = "1";
constexpr Limits state_limits{.output = 0, .memory = std::uint64_t{256} << 20, .depth = 8};

Error damaged(const std::string& what) {
  return Error(Code::corrupt, what + " (was the file edited? without it everything is made anew)");
}

// The member `name` of an object, if it is of that type.
const Json* member(const Json& object, const char* name, Json::value_t type) {
  if (!object.is_object()) {
    return nullptr;
  }
  const auto found = object.find(name);
  return found != object.end() && found->type() == type ? &*found : nullptr;
}

Result<std::string> text(const Json& object, const char* name) {
  const Json* found = member(object, name, Json::value_t::string);
  if (found == nullptr) {
    return damaged("the string " + in_quotes(name) + " is missing");
  }
  return found->get<std::string>();
}

Result<Sha256> hash(const Json& object, const char* name) {
  TRY_ASSIGN(const std::string digits, text(object, name));
  return parse_sha256(digits);
}

Result<std::uint64_t> number(const Json& object, const char* name) {
  const Json* found = member(object, name, Json::value_t::number_unsigned);
  if (found == nullptr) {
    return damaged("the number " + in_quotes(name) + " is missing");
  }
  return found->get<std::uint64_t>();
}

Result<PublishedVersion> to_version(const Json& object) {
  PublishedVersion version;
  TRY_ASSIGN(version.version, text(object, "version"));
  TRY_ASSIGN(version.file, text(object, "file"));
  const auto type = type_by_extension(version.file);
  if (!type) {
    return damaged("a package of unknown type");
  }
  version.type = *type;
  TRY_ASSIGN(version.id.size, number(object, "size"));
  TRY_ASSIGN(version.id.sha256, hash(object, "sha256"));
  return version;
}

Result<KnownDelta> to_delta(const Json& object) {
  KnownDelta delta;
  TRY_ASSIGN(delta.source, hash(object, "source"));
  TRY_ASSIGN(delta.target, hash(object, "target"));
  TRY_ASSIGN(delta.id.size, number(object, "size"));
  delta.kept = object.contains("sha256");
  if (delta.kept) {
    TRY_ASSIGN(delta.id.sha256, hash(object, "sha256"));
  }
  return delta;
}

Result<State> parse(Bytes bytes) {
  TRY_ASSIGN(const Json document, parse_json(bytes, state_limits));
  TRY_ASSIGN(const std::string version, text(document, "schema"));
  if (version != schema) {
    return Error(Code::unsupported, "another version of kerf wrote this repository");
  }
  const Json* packages = member(document, "packages", Json::value_t::object);
  const Json* deltas = member(document, "deltas", Json::value_t::object);
  if (packages == nullptr || deltas == nullptr) {
    return damaged("\"packages\" or \"deltas\" is missing");
  }
  State state;
  for (const auto& [name, versions] : packages->items()) {
    for (const Json& object : versions) {
      TRY_ASSIGN(auto published, to_version(object));
      state.packages[name].push_back(std::move(published));
    }
  }
  for (const auto& [file, object] : deltas->items()) {
    TRY_ASSIGN(const KnownDelta delta, to_delta(object));
    state.deltas.emplace(file, delta);
  }
  return state;
}

}  // namespace

const PublishedVersion* State::find(const std::string& name, const std::string& version) const {
  const auto versions = packages.find(name);
  if (versions == packages.end()) {
    return nullptr;
  }
  const auto found = std::ranges::find(versions->second, version, &PublishedVersion::version);
  return found == versions->second.end() ? nullptr : &*found;
}

Result<State> State::load(const std::string& repository) {
  const std::string path = repository + state_file;
  TRY_ASSIGN(const auto bytes, read_if_there(path, state_limits.memory));
  if (!bytes) {
    return State();
  }
  auto state = parse(*bytes);
  if (!state) {
    return std::move(state).error().in(path);
  }
  return state;
}

Status State::save(const std::string& repository) const {
  Json all = Json::object();
  all["schema"] = schema;
  Json& names = all["packages"] = Json::object();
  for (const auto& [name, versions] : packages) {
    Json& list = names[name] = Json::array();
    for (const PublishedVersion& version : versions) {
      list.push_back({{"version", version.version},
                      {"file", version.file},
                      {"size", version.id.size},
                      {"sha256", to_hex(version.id.sha256)}});
    }
  }
  Json& files = all["deltas"] = Json::object();
  for (const auto& [file, delta] : deltas) {
    Json object{{"source", to_hex(delta.source)},
                {"target", to_hex(delta.target)},
                {"size", delta.id.size}};
    if (delta.kept) {
      object["sha256"] = to_hex(delta.id.sha256);
    }
    files.get_ref<Json::object_t&>().push_back({file, std::move(object)});
  }
  const std::string written = all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  TRY_ASSIGN(const bool changed, write_if_changed(repository + state_file, as_bytes(written)));
  static_cast<void>(changed);
  return {};
}

}  // namespace kerf::publish
