#include "agent/state.h"

#include <nlohmann/json.hpp>

#include "agent/result_codes.h"
#include "base/json.h"
#include "io/file.h"
#include "io/folder.h"

namespace kerf::agent {

namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned format = 1;
constexpr std::uint64_t most_state = std::uint64_t{16} << 20;

Json to_json(const BlobId& id) {
  return {{"size", id.size}, {"sha256", to_hex(id.sha256)}};
}

std::string_view phase_name(Phase phase) {
  return phase == Phase::installing ? "installing" : "retaining";
}

Json to_json(const State& state) {
  Json packages = Json::array();
  for (const auto& [name, package] : state.installed) {
    Json entry{{"name", name}, {"version", package.version}, {"type", package.type}};
    if (package.source) {
      entry["source"] = {{"file", package.source->file}, {"id", to_json(package.source->id)}};
    }
    packages.push_back(std::move(entry));
  }
  Json json{{"format", format}, {"installed", std::move(packages)}};
  if (state.pending) {
    const Pending& pending = *state.pending;
    json["pending"] = {{"phase", phase_name(pending.phase)},
                       {"name", pending.name},
                       {"version", pending.version},
                       {"from_version", pending.from_version},
                       {"type", pending.type},
                       {"file", pending.file},
                       {"id", to_json(pending.id)},
                       {"keep", pending.keep},
                       {"reboot", pending.reboot},
                       {"way", pending.way}};
  }
  if (state.reboot_in) {
    json["reboot_in"] = *state.reboot_in;
  }
  return json;
}

// Reads members of one object; remembers the first that is missing or of another type.
class Members {
 public:
  Members(const Json& object, std::string& fault) : object_(object), fault_(fault) {
    if (!object.is_object()) {
      blame("an object");
    }
  }
  const Json& child(const char* name) {
    static const Json none;
    if (object_.is_object() && object_.contains(name)) {
      return object_.at(name);
    }
    blame(name);
    return none;
  }
  bool has(const char* name) const { return object_.is_object() && object_.contains(name); }
  std::string text(const char* name) {
    const Json& value = child(name);
    if (!value.is_string()) {
      blame(name);
      return {};
    }
    return value.get<std::string>();
  }
  // A file name of ours: never a way into another folder.
  std::string file_name(const char* name) {
    std::string value = text(name);
    if (value.empty() || value == "." || value == ".." || value.find('/') != std::string::npos) {
      blame(name);
    }
    return value;
  }
  bool truth(const char* name) {
    const Json& value = child(name);
    if (!value.is_boolean()) {
      blame(name);
      return false;
    }
    return value.get<bool>();
  }
  BlobId id(const char* name) {
    Members members(child(name), fault_);
    const Json& size = members.child("size");
    const auto hash = parse_sha256(members.text("sha256"));
    if (!size.is_number_unsigned() || !hash) {
      blame(name);
      return {};
    }
    return {size.get<std::uint64_t>(), *hash};
  }

 private:
  void blame(const char* name) {
    if (fault_.empty()) {
      fault_ = name;
    }
  }
  const Json& object_;
  std::string& fault_;
};

State from_json(const Json& json, std::string& fault) {
  State state;
  Members top(json, fault);
  if (top.child("format") != format) {
    fault = "format";
    return state;
  }
  const Json& packages = top.child("installed");
  if (!packages.is_array()) {
    fault = "installed";
    return state;
  }
  for (const Json& entry : packages) {
    Members members(entry, fault);
    Installed package{members.text("version"), members.text("type"), {}};
    if (members.has("source")) {
      Members source(members.child("source"), fault);
      package.source = StoredSource{source.file_name("file"), source.id("id")};
    }
    state.installed.emplace(members.text("name"), std::move(package));
  }
  if (top.has("pending")) {
    Members members(top.child("pending"), fault);
    Pending pending{.phase = Phase::installing,
                    .name = members.text("name"),
                    .version = members.text("version"),
                    .from_version = members.text("from_version"),
                    .type = members.text("type"),
                    .file = members.file_name("file"),
                    .id = members.id("id"),
                    .keep = members.truth("keep"),
                    .reboot = members.truth("reboot"),
                    .way = members.text("way")};
    const std::string phase = members.text("phase");
    if (phase == phase_name(Phase::retaining)) {
      pending.phase = Phase::retaining;
    } else if (phase != phase_name(Phase::installing) && fault.empty()) {
      fault = "phase";
    }
    state.pending = std::move(pending);
  }
  if (top.has("reboot_in")) {
    state.reboot_in = top.text("reboot_in");
  }
  return state;
}

Result<State> parse_state(const std::string& path) {
  TRY_ASSIGN(const io::FileSource file, io::FileSource::open(path));
  TRY_ASSIGN(const auto text, read_all(file, most_state));
  TRY_ASSIGN(const Json json, parse_json(text, {0, most_state * 16, 8}));
  std::string fault;
  State state = from_json(json, fault);
  if (!fault.empty()) {
    return Error(Code::corrupt, "\"" + fault + "\" is missing or not as it should be");
  }
  return state;
}

}  // namespace

Result<State> load_state(const std::string& path) {
  if (!io::exists(path)) {
    return State();
  }
  auto state = parse_state(path);
  if (!state) {
    Error error = std::move(state).error();
    const bool io = error.code() == Code::io;
    error = io ? std::move(error) : std::move(error).in(path);
    return with_code(io ? ResultCode::device_io : ResultCode::state_damaged, std::move(error));
  }
  return state;
}

Status save_state(const State& state, const std::string& path) {
  const std::string text =
      to_json(state).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  TRY_ASSIGN(const auto out, io::OutputFile::create(path, true));
  TRY(out->write(as_bytes(text)));
  return out->commit();
}

}  // namespace kerf::agent
