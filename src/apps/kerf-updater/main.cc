#include <csignal>
#include <cstdio>
#include <new>
#include <variant>

#include "apps/kerf-updater/options.h"
#include "io/file.h"

int main(int argc, char** argv) {
  namespace updater = kerf::updater;
  kerf::io::remove_temporaries_on_signal();
  std::signal(SIGXFSZ, SIG_IGN);  // like a full disk, no reason to die without a word
  try {
    const updater::Parsed parsed = updater::parse(argc, argv);
    if (!parsed.command) {
      return parsed.exit_code;
    }
    return std::visit([](const auto& command) { return updater::run(command); }, *parsed.command)
               ? updater::exit_done
               : updater::exit_failed;
  } catch (const std::bad_alloc&) {
    std::fputs("kerf-updater: out of memory (lower --memory)\n", stderr);
    return updater::exit_failed;
  }
}
