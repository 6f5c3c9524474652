#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "agent/result_codes.h"
#include "apps/common/text.h"
#include "apps/kerf/commands.h"
#include "apps/kerf/opened_patch.h"
#include "apps/kerf/report.h"
#include "io/folder.h"

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

// What one step of a package makes, and of how much payload.
struct StepRow {
  std::size_t number;
  std::string what;
  std::uint64_t size;
  std::uint64_t payload = 0;
  std::uint64_t unpacked = 0;  // streams
  std::uint64_t packed = 0;
};

StepRow row_of(const recipe::Step& step, std::size_t number, bool last) {
  StepRow row{number, last ? "target" : "assembly", step.size};
  if (step.patch) {
    const PatchReader* reader = recipe::find_reader(step.patch->format);
    row.what = fmt::format("{} patch of value {}", reader->name(), step.patch->value);
    row.payload = step.patch->patch.length;
  }
  for (const recipe::Piece& piece : step.pieces) {
    row.payload += piece.kind == recipe::PieceKind::literal ? piece.range.length : 0;
    row.unpacked += piece.kind == recipe::PieceKind::decode ? 1 : 0;
    row.packed += piece.kind == recipe::PieceKind::encode ? 1 : 0;
  }
  return row;
}

Status explain_package(const Explain& command, const package::Package& package) {
  const recipe::Recipe& recipe = package.manifest().recipe;
  Json all = Json::array();
  std::string text = fmt::format("manifest {} bytes; value 0 is the old file\n",
                                 apps::grouped(package.payload_offset()));
  text += fmt::format("{:>5} {:>15} {:>13} {:>9} {:>7}  {}\n", "value", "size", "payload",
                      "unpacked", "packed", "made by");
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    const StepRow row =
        row_of(recipe.steps[i], recipe.sources.size() + i, i + 1 == recipe.steps.size());
    all.push_back({{"value", row.number},
                   {"size", row.size},
                   {"payload", row.payload},
                   {"unpacked", row.unpacked},
                   {"packed", row.packed},
                   {"made_by", row.what}});
    text +=
        fmt::format("{:>5} {:>15} {:>13} {:>9} {:>7}  {}\n", row.number, apps::grouped(row.size),
                    apps::grouped(row.payload), row.unpacked, row.packed, row.what);
  }
  return command.manner.json ? print_json({{"manifest", package.payload_offset()}, {"steps", all}})
                             : print(stdout, text);
}

}  // namespace

Status run(const Explain& command) {
  if (!command.code.empty() && io::exists(command.code)) {
    TRY_ASSIGN(const OpenedPatch patch, OpenedPatch::open(command.code, {}));
    if (!patch.is_package()) {
      return Error(Code::unsupported, "only kerf packages can be explained; see kerf info")
          .in(command.code);
    }
    return explain_package(command, patch.package());
  }
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
    return Error(Code::unsupported,
                 "there is no result code " + command.code +
                     ", and no package of that name (kerf explain without a code lists the codes)");
  }
  return command.manner.json ? print_json(to_json(*row)) : print(stdout, to_text(*row));
}

}  // namespace kerf::cli
