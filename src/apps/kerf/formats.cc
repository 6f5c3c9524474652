#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "apps/kerf/commands.h"
#include "apps/kerf/format_names.h"
#include "apps/kerf/report.h"
#include "patch/patch.h"

namespace kerf::cli {

namespace {

constexpr const char* package_summary =
    "a package: looks into archives and compressed files, and makes them again bit for bit";

}  // namespace

Status run(const Formats& command) {
  if (command.manner.json) {
    Json writers = Json::array({{{"name", package_format}, {"summary", package_summary}}});
    for (const PatchWriter* writer : all_writers()) {
      writers.push_back({{"name", writer->name()}, {"summary", writer->summary()}});
    }
    Json readers = Json::array({{{"name", package_format}}});
    for (const PatchReader* reader : all_readers()) {
      readers.push_back({{"name", reader->name()}});
    }
    return print_json({{"writes", writers}, {"reads", readers}});
  }
  std::string text = "kerf diff --format writes:\n";
  text += fmt::format("  {:<12} {}\n", package_format, package_summary);
  for (const PatchWriter* writer : all_writers()) {
    text += fmt::format("  {:<12} {}\n", writer->name(), writer->summary());
  }
  text += fmt::format("kerf apply recognises:\n  {}", package_format);
  for (const PatchReader* reader : all_readers()) {
    text += fmt::format(" {}", reader->name());
  }
  return print(stdout, text + "\n");
}

}  // namespace kerf::cli
