// What the agent tells the outside while it works: events with fields, for people and programs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "agent/result_codes.h"
#include "base/observer.h"

namespace kerf::agent {

using FieldValue = std::variant<std::string, std::uint64_t, bool>;
using Fields = std::vector<std::pair<std::string_view, FieldValue>>;

// Events and their fields are listed in docs/updater.md; they are an interface. Thread rule: one
// thread at a time.
struct Reporter {
  virtual ~Reporter() = default;
  virtual void event(std::string_view name, const Fields& fields) = 0;
  // For the progress of long steps; may be null. Lives as long as the reporter.
  virtual Observer* observer() = 0;
};

// The fields that every failure has: "code", "result" and "message".
inline Fields failure_fields(const Error& error) {
  const ResultInfo& info = describe(code_of(error));
  return {{"code", std::uint64_t{static_cast<std::uint16_t>(info.code)}},
          {"result", std::string(info.name)},
          {"message", error.text()}};
}

}  // namespace kerf::agent
