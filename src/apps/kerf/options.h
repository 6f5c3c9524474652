// From the command line to a Command.
#pragma once

#include <optional>

#include "apps/common/program.h"
#include "apps/kerf/commands.h"

namespace kerf::cli {

using apps::exit_done;
using apps::exit_failed;
using apps::exit_usage;

struct Parsed {
  std::optional<Command> command;  // nothing: help, version or a usage error has been printed
  int exit_code = exit_done;       // for that case
};

// Prints help and version on standard output, usage errors on standard error (as JSON on standard
// output too, if --json is among the arguments). Checks everything that can be checked without
// opening a file, and that no output is one of the inputs.
Parsed parse(int argc, const char* const* argv);

}  // namespace kerf::cli
