// The few lines of Python that an update takes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/pycom/device.h"

namespace kerf::pycom_sim {

// What the device prints on its REPL.
inline constexpr std::string_view operation_failed = "OSError: the requested operation failed";

struct Answer {
  std::vector<std::string> lines;  // printed by the interpreter, after what the firmware printed
  bool understood = true;          // false: not among the statements that are modelled
  bool failed = false;             // an exception was raised
  bool leave = false;              // the user has had enough
};

// Runs one line. The board must be running.
Answer run_line(pycom::Device& device, std::string_view line);

// The value of a bytes literal such as b'\x42SDIFF', or nothing.
std::optional<std::vector<std::uint8_t>> bytes_literal(std::string_view text);

}  // namespace kerf::pycom_sim
