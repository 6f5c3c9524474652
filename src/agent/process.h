// Running another program: an install handler, or the one that restarts the device.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace kerf::agent {

struct Command {
  std::vector<std::string> arguments;  // the program first: a path, or a name in PATH
  std::vector<std::pair<std::string, std::string>> environment;  // added to ours
  unsigned seconds = 600;  // then the program and all its children are ended
};

struct Finished {
  int exit_code = 0;  // 128 + number after a signal
  bool timed_out = false;
  std::string output;      // what it wrote on standard output: its first 64 KiB
  std::string last_words;  // what it wrote on standard error: its last 2 KiB
};

// Runs it to its end, with /dev/null as standard input, in a process group of its own. No shell is
// involved. It inherits no descriptors of ours but those meant for it (a lock). Code::io if it
// cannot be started. One thread at a time.
Result<Finished> run(const Command& command);

}  // namespace kerf::agent
