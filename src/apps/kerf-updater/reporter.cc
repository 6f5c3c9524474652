#include "apps/kerf-updater/reporter.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace kerf::updater {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const agent::FieldValue& value) {
  return std::visit([](const auto& held) { return Json(held); }, value);
}

std::string text_of(const agent::Fields& fields, std::string_view name) {
  for (const auto& [field, value] : fields) {
    if (field == name) {
      const Json json = to_json(value);
      return json.is_string() ? json.get<std::string>() : json.dump();
    }
  }
  return {};
}

std::string change_of(const agent::Fields& fields) {
  const std::string from = text_of(fields, "from");
  return (from.empty() ? "" : from + " -> ") + text_of(fields, "version");
}

bool is_failure(std::string_view name) {
  return name == "failed" || name == "delta_failed" || name == "keep_failed" || name == "error";
}

// The line that people read; empty for events that only programs are interested in.
std::string sentence(std::string_view name, const agent::Fields& fields) {
  const std::string package = text_of(fields, "name");
  std::string failure = text_of(fields, "message") + " [" + text_of(fields, "code") + "]";
  if (name == "installed") {
    return package + ": " + change_of(fields) + " (" + text_of(fields, "way") + ")";
  }
  if (name == "current") {
    return package + ": " + text_of(fields, "version") + ", nothing to do";
  }
  if (name == "would_update") {
    return package + ": " + change_of(fields) + " by " + text_of(fields, "plan");
  }
  if (name == "delta_failed") {
    return package + ": the delta failed, now the full package: " + failure;
  }
  if (name == "keep_failed") {
    return package + ": not kept for the next delta: " + failure;
  }
  if (name == "failed") {
    return package + ": " + failure;
  }
  if (name == "error") {
    return failure;
  }
  if (name == "removed" || name == "would_remove") {
    return package + ": " + (name == "removed" ? "removed" : "would be removed");
  }
  if (name == "resuming") {
    return package + ": going on with the installation of " + text_of(fields, "version");
  }
  if (name == "reboot") {
    return "restart needed; run again afterwards";
  }
  return {};
}

}  // namespace

void Printer::event(std::string_view name, const agent::Fields& fields) {
  bar_.clear();
  const std::string text = sentence(name, fields);
  if (is_failure(name)) {
    std::fprintf(stderr, "kerf-updater: %s\n", text.c_str());
  }
  if (manner_.json) {
    Json object{{"event", name}};
    for (const auto& [field, value] : fields) {
      object[std::string(field)] = to_json(value);
    }
    const std::string line = object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    printed_ = std::fputs(line.c_str(), stdout) >= 0 && std::fflush(stdout) == 0 && printed_;
  } else if (!manner_.quiet && !is_failure(name) && !text.empty()) {
    printed_ = std::puts(text.c_str()) >= 0 && std::fflush(stdout) == 0 && printed_;
  }
}

}  // namespace kerf::updater
