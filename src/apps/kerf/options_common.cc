#include "apps/kerf/options_common.h"

namespace kerf::cli {

void add_json(CLI::App& command, Manner& manner) {
  command.add_flag("--json", manner.json, "Print one JSON object on standard output");
}

void add_manner(CLI::App& command, Manner& manner) {
  command.add_flag("-q,--quiet", manner.quiet, "Say nothing but errors");
  add_json(command, manner);
}

void add_progress(CLI::App& command, Manner& manner) {
  command.add_flag_callback(
      "--no-progress", [&manner] { manner.progress = false; },
      "Draw no progress bar, even on a terminal");
}

namespace {

template <class Size>
void add_any_size(CLI::App& command, const char* name, Size& value, const char* help) {
  static const CLI::Validator as_size = CLI::AsSizeValue(false).description("");
  command.add_option(name, value, help)->transform(as_size)->type_name("SIZE");
}

}  // namespace

void add_size(CLI::App& command, const char* name, std::uint64_t& value, const char* help) {
  add_any_size(command, name, value, help);
}

void add_size(CLI::App& command, const char* name, std::optional<std::uint64_t>& value,
              const char* help) {
  add_any_size(command, name, value, help);
}

void refuse(const std::string& what) {
  throw CLI::ValidationError(what);
}

}  // namespace kerf::cli
