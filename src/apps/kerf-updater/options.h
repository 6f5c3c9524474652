// From the command line, and the configuration file, to a Command.
#pragma once

#include <optional>

#include "apps/common/program.h"
#include "apps/kerf-updater/commands.h"

namespace kerf::updater {

using apps::exit_done;
using apps::exit_failed;
using apps::exit_usage;

struct Parsed {
  std::optional<Command> command;  // nothing: help, version or a usage error has been printed
  int exit_code = exit_done;       // for that case
};

Parsed parse(int argc, const char* const* argv);

}  // namespace kerf::updater
