// A simulated board between two calls of the program: flash, registers, settings, in one file.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "sim/pycom/device.h"

namespace kerf::pycom_sim {

struct Board {
  pycom::Device device;
  std::uint64_t operations = 0;  // flash operations before this call
  std::string public_key_path;   // PEM; empty: unsigned patches are accepted
};

// Reads a state file. Code::corrupt with the place if it is none.
Result<Board> load_board(const std::string& path);

// Writes it, replacing the old one.
Status save_board(const Board& board, const std::string& path);

// Makes the firmware accept only patches signed by the board's public key, if it has one.
Status apply_public_key(Board& board);

}  // namespace kerf::pycom_sim
