#include "apps/kerf/report.h"

#include <cerrno>
#include <nlohmann/json.hpp>

#include "io/system.h"

namespace kerf::cli {

namespace {

// What to do about an error whose own sentence does not say so. Only for what a user of these
// commands can change.
std::string_view advice(Code code) {
  switch (code) {
    case Code::truncated:
    case Code::corrupt:
      return "the patch is damaged or incomplete: fetch or make it again";
    case Code::limit:
      return "if you trust the patch, raise --memory or --max-output";
    case Code::bug:
      return "this is a fault of kerf: please report it";
    default:
      return {};
  }
}

std::string with_advice(const Error& error) {
  std::string text = error.text();
  const std::string_view hint = advice(error.code());
  const bool has_hint = error.what().ends_with(')') || error.what().find("; ") != std::string::npos;
  if (!hint.empty() && !has_hint) {
    text += " (" + std::string(hint) + ")";
  }
  return text;
}

void print_error_json(const Json& object) {
  const Status printed = print_json({{"error", object}});
  static_cast<void>(printed);  // the line on standard error has been written already
}

}  // namespace

Status print(std::FILE* stream, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stream) != text.size() || std::fflush(stream) != 0) {
    return io::system_error("write", stream == stdout ? "standard output" : "standard error",
                            errno);
  }
  return {};
}

Status print_json(const Json& object) {
  // Paths and texts may hold any bytes; JSON holds UTF-8 only.
  return print(stdout, object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void report_error(const Error& error, bool json) {
  const std::string text = with_advice(error);
  std::fprintf(stderr, "kerf: %s\n", text.c_str());
  if (json) {
    Json object{{"code", code_name(error.code())},
                {"number", static_cast<unsigned>(error.code())},
                {"message", text},
                {"what", error.what()}};
    if (error.offset()) {
      object["offset"] = *error.offset();
    }
    print_error_json(object);
  }
}

void report_usage(const std::string& what, bool json) {
  std::fprintf(stderr, "kerf: %s\n", what.c_str());
  if (json) {
    print_error_json({{"code", "usage"}, {"number", 0}, {"message", what}});
  }
}

}  // namespace kerf::cli
