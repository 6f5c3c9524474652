#include "agent/result_codes.h"

#include <array>
#include <cerrno>

namespace kerf::agent {

namespace {

constexpr auto table = std::to_array<ResultInfo>({
#define KERF_RESULT(number, name, meaning, advice) {ResultCode::name, #name, meaning, advice},
#include "agent/result_codes.def"
#undef KERF_RESULT
});

}  // namespace

std::span<const ResultInfo> result_table() {
  return table;
}

const ResultInfo& describe(ResultCode code) {
  for (const ResultInfo& row : table) {
    if (row.code == code) {
      return row;
    }
  }
  return describe(ResultCode::internal);
}

std::optional<ResultInfo> find_result(std::string_view text) {
  for (const ResultInfo& row : table) {
    if (text == row.name || text == std::to_string(static_cast<unsigned>(row.code))) {
      return row;
    }
  }
  return {};
}

std::string result_table_markdown() {
  std::string text = "| code | name | meaning | what to do |\n|---|---|---|---|\n";
  for (const ResultInfo& row : table) {
    text += "| " + std::to_string(static_cast<unsigned>(row.code)) + " | `";
    text.append(row.name).append("` | ").append(row.meaning).append(" | ");
    text.append(row.advice).append(" |\n");
  }
  return text;
}

Error with_code(ResultCode code, Error error) {
  return std::move(error).detail(static_cast<std::uint16_t>(code));
}

ResultCode code_of(const Error& error) {
  if (error.detail() != 0) {
    return static_cast<ResultCode>(error.detail());
  }
  if (error.os() == ENOSPC || error.os() == EDQUOT) {
    return ResultCode::no_space;
  }
  switch (error.code()) {
    case Code::io:
    case Code::truncated:
    case Code::denied:
      return ResultCode::device_io;
    case Code::cancelled:
      return ResultCode::cancelled;
    default:
      return ResultCode::internal;
  }
}

}  // namespace kerf::agent
