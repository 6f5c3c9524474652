#include <cstdio>
#include <new>
#include <variant>

#include "apps/kerf/options.h"
#include "apps/kerf/report.h"
#include "io/file.h"

int main(int argc, char** argv) {
  using namespace kerf;
  io::remove_temporaries_on_signal();
  try {
    const cli::Parsed parsed = cli::parse(argc, argv);
    if (!parsed.command) {
      return parsed.exit_code;
    }
    return std::visit(
        [](const auto& command) {
          const Status status = cli::run(command);
          if (!status) {
            cli::report_error(status.error(), command.manner.json);
            return cli::exit_failed;
          }
          return cli::exit_done;
        },
        *parsed.command);
  } catch (const std::bad_alloc&) {
    std::fputs("kerf: out of memory (lower --memory or --threads, or use a larger machine)\n",
               stderr);
    return cli::exit_failed;
  }
}
