// What a patch says about the size of its models: part of the format, written in the header.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "refs/scan.h"

namespace kerf::sliver {

// Positions have 32 bits, and so have their signed differences.
inline constexpr uint32_t most_file_size = 0x7FFFFFFF;

struct Parameters {
  uint8_t flag_bits = 16;      // 2^n slots in the table of decisions
  uint8_t byte_bits = 15;      // 2^n buckets of 16 bytes in the table of byte models
  uint8_t learned_bits = 14;   // 2^n entries in the table of learned targets
  uint8_t index_bits = 16;     // 2^n entries in the window's match tables; 0: none
  uint8_t old_index_bits = 0;  // 2^n entries in those of the old file; 0: none
  uint8_t mixer_rate = 160;
  uint8_t scan_slots = 4;  // scanned chunks kept
  uint8_t chunk_bits = 14;
  uint8_t before = 16;  // context of a chunk in units of 256 bytes,
  uint8_t after = 1;    // on either side

  // The bounds of each, in the order above.
  struct Bounds {
    uint8_t Parameters::*field;
    const char* name;
    uint8_t least;
    uint8_t most;
  };
  static constexpr size_t count = 10;
  static const Bounds bounds[count];

  // Every second byte may start a field.
  refs::Geometry geometry() const {
    return {chunk_bits, uint32_t{before} * 256, uint32_t{after} * 256,
            uint32_t{1} << (chunk_bits - 1)};
  }
  friend bool operator==(const Parameters&, const Parameters&) = default;
};

inline constexpr Parameters::Bounds Parameters::bounds[count] = {
    {&Parameters::flag_bits, "table of decisions", 6, 24},
    {&Parameters::byte_bits, "table of byte models", 6, 24},
    {&Parameters::learned_bits, "table of learned targets", 4, 24},
    {&Parameters::index_bits, "window's match table", 0, 24},
    {&Parameters::old_index_bits, "old file's match table", 0, 24},
    {&Parameters::mixer_rate, "mixer rate", 1, 255},
    {&Parameters::scan_slots, "kept chunks", 1, 16},
    {&Parameters::chunk_bits, "chunk size", 10, 20},
    {&Parameters::before, "context before a chunk", 1, 64},
    {&Parameters::after, "context behind a chunk", 1, 16},
};

}  // namespace kerf::sliver
