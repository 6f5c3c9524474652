// The command line of xdelta3, as far as the publishers of updates are told to use it.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "apps/common/delta_job.h"
#include "patch/vcdiff/vcdiff.h"

namespace kerf::xdelta3 {

struct Arguments {
  enum class Action : std::uint8_t { encode, decode, help, version };
  Action action = Action::encode;  // as xdelta3 has it
  apps::DeltaJob job;
  vcdiff::Form form;
};

// The message of the error is for people who know xdelta3: it says what to do instead. Code::denied
// for wrong usage, Code::unsupported for what xdelta3 has and this program has not.
Result<Arguments> parse(std::span<const char* const> arguments);

}  // namespace kerf::xdelta3
