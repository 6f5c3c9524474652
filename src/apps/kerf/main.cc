#include <csignal>
#include <cstdio>
#include <new>
#include <variant>

#include "apps/kerf/options.h"
#include "apps/kerf/report.h"
#include "io/file.h"

int main(int argc, char** argv) {
  namespace cli = kerf::cli;
  kerf::io::remove_temporaries_on_signal();
  // Passing `ulimit -f` is an error like a full disk (EFBIG), no reason to die without a word.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const cli::Parsed parsed = cli::parse(argc, argv);
    if (!parsed.command) {
      return parsed.exit_code;
    }
    return std::visit(
        [](const auto& command) {
          const kerf::Status status = cli::run(command);
          if (!status) {
            bool json = command.manner.json;
            if constexpr (requires { command.told; }) {
              json = json && status.error().code() != command.told;
            }
            cli::report_error(status.error(), json);
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
