// What came of an update, as a number that servers and scripts can count. The table is
// result_codes.def; errors of this room carry their number as Error::detail().
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kerf::agent {

enum class ResultCode : std::uint16_t {
#define KERF_RESULT(number, name, meaning, advice) name = (number),
#include "agent/result_codes.def"
#undef KERF_RESULT
};

struct ResultInfo {
  ResultCode code;
  std::string_view name;     // "download_not_found"
  std::string_view meaning;  // a sentence without capital and full stop
  std::string_view advice;   // what to do about it
};

// All codes in the order of their numbers. Static storage.
std::span<const ResultInfo> result_table();
// The row of `code`.
const ResultInfo& describe(ResultCode code);
// The row of a number ("2003") or a name ("download_not_found"); nothing if there is none.
std::optional<ResultInfo> find_result(std::string_view text);
// The table as it stands in docs/updater.md.
std::string result_table_markdown();

// Gives `error` the number `code`, unless it has one already: the innermost is the cause.
Error with_code(ResultCode code, Error error);
// The number of an error; for one without, what can be told from the error itself.
ResultCode code_of(const Error& error);

// `status` with the number `code` on its error.
inline Status with_code(ResultCode code, Status status) {
  return status ? Status() : with_code(code, std::move(status).error());
}
template <class T>
Result<T> with_code(ResultCode code, Result<T> result) {
  return result ? std::move(result) : Result<T>(with_code(code, std::move(result).error()));
}

}  // namespace kerf::agent
