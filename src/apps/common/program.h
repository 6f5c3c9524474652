// The frame of a small program: its arguments parsed, its work done, errors said, the exit code.
#pragma once

#include <csignal>
#include <cstdio>
#include <new>
#include <span>

#include "base/result.h"
#include "io/file.h"
#include "io/system.h"

namespace kerf::apps {

constexpr int exit_done = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

// Prints `text` on standard output. Code::io if it cannot be written.
inline Status print_text(const char* text) {
  return std::fputs(text, stdout) >= 0 && std::fflush(stdout) == 0
             ? Status()
             : Status(io::system_error("write", "standard output", errno));
}

// `parse` makes of the arguments (without the program's name) a Result of what `run` takes; its
// errors are wrong usage.
template <class Parse, class Run>
int run_program(const char* name, int argc, const char* const* argv, Parse parse, Run run) {
  io::remove_temporaries_on_signal();
  // Passing `ulimit -f` is an error like a full disk (EFBIG), no reason to die without a word.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const auto arguments =
        parse(std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
    if (!arguments) {
      std::fprintf(stderr, "%s: %s\n", name, arguments.error().text().c_str());
      return exit_usage;
    }
    if (const Status done = run(*arguments); !done) {
      std::fprintf(stderr, "%s: %s\n", name, done.error().text().c_str());
      return exit_failed;
    }
    return exit_done;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "%s: out of memory\n", name);
    return exit_failed;
  }
}

}  // namespace kerf::apps
