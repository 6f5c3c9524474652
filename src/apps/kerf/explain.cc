#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "agent/result_codes.h"
#include "apps/kerf/commands.h"
#include "apps/kerf/report.h"

namespace kerf::cli {

namespace {

Json to_json(const agent::ResultInfo& row) {
  return {{"code", static_cast<unsigned>(row.code)},
          {"result", row.name},
          {"meaning", row.meaning},
          {"advice", row.advice}};
}

std::string to_text(const agent::ResultInfo& row) {
  return fmt::format("{:>4}  {}\n      {}\n      what to do: {}\n", static_cast<unsigned>(row.code),
                     row.name, row.meaning, row.advice);
}

}  // namespace

Status run(const Explain& command) {
  if (command.code.empty()) {
    Json all = Json::array();
    std::string text;
    for (const agent::ResultInfo& row : agent::result_table()) {
      all.push_back(to_json(row));
      text +=
          fmt::format("{:>4}  {:<24} {}\n", static_cast<unsigned>(row.code), row.name, row.meaning);
    }
    return command.manner.json ? print_json(all) : print(stdout, text);
  }
  const auto row = agent::find_result(command.code);
  if (!row) {
    return Error(Code::unsupported, "there is no result code " + command.code +
                                        " (kerf explain without a code lists them all)");
  }
  return command.manner.json ? print_json(to_json(*row)) : print(stdout, to_text(*row));
}

}  // namespace kerf::cli
