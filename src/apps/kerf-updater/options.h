// From the command line, and the configuration file, to a Command.
#pragma once

#include <optional>

#include "apps/kerf-updater/commands.h"

namespace kerf::updater {

constexpr int exit_done = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

struct Parsed {
  std::optional<Command> command;  // nothing: help, version or a usage error has been printed
  int exit_code = exit_done;       // for that case
};

Parsed parse(int argc, const char* const* argv);

}  // namespace kerf::updater
