// The command line of open-vcdiff's program.
#pragma once

#include <span>

#include "apps/common/delta_job.h"
#include "patch/vcdiff/vcdiff.h"

namespace kerf::open_vcdiff {

struct Arguments {
  enum class Action : std::uint8_t { encode, decode, help, version };
  Action action = Action::help;
  apps::DeltaJob job;
  vcdiff::Form form;
  std::uint64_t most_output;  // of decoding, in bytes
};

// The message of the error is for people who know that program: it says what to do instead.
// Code::denied for wrong usage, Code::unsupported for what it has and this one has not.
Result<Arguments> parse(std::span<const char* const> arguments);

}  // namespace kerf::open_vcdiff
