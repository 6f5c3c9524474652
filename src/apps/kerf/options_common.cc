#include "apps/kerf/options_common.h"

#include <unistd.h>

#include <limits>

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

void add_size(CLI::App& command, const char* name, std::uint64_t& value, const char* help) {
  static const CLI::Validator as_size = CLI::AsSizeValue(false).description("");
  command.add_option(name, value, help)->transform(as_size)->type_name("SIZE");
}

std::uint64_t physical_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
}

void refuse(const std::string& what) {
  throw CLI::ValidationError(what);
}

}  // namespace kerf::cli
