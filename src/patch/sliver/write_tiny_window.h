// Writes the windows of profile `tiny` from a list of operations.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "mcu/tiny_stream.h"

namespace kerf::sliver::tiny {

// New bytes [to, to + length), by one symbol; literals have length 1 each.
struct Operation {
  mcu::Op op = mcu::Op::literal;
  bool from_old = false;   // of a match
  std::uint32_t from = 0;  // old position, or how far back in new
  std::uint32_t to = 0;
  std::uint32_t length = 1;
};

// What decoder and encoder keep of both files, the same in both.
struct Files {
  Bytes from;
  Bytes to;
  const mcu::TinyImage& image;
};

// The states of everything adaptive, as they stand at one place of a window.
struct Machine {
  mcu::Models models;
  mcu::Predictor predictor;
  mcu::OldWindow window;
  mcu::Cursor cursor;

  void reset();
};

// Codes one operation with `Coder` (mcu/tiny_models.h) and moves `machine` behind it.
template <class Coder>
void code_operation(const Files& files, Machine& machine, Coder& coder, const Operation& operation);

// The section of one window (without length and CRC), whose operations make it left to right.
// `machine` is reset first and left in its last state. `prices`: of each, in 1/256 bit.
std::vector<std::uint8_t> encode_window(const Files& files, std::span<const Operation> operations,
                                        Machine& machine, std::vector<std::uint32_t>& prices);

// Adds up prices in 1/256 bit; learns nothing.
struct PriceCoder {
  static constexpr bool learns = false;
  std::uint64_t price = 0;
  bool bit(bool value, std::uint32_t p);
};

}  // namespace kerf::sliver::tiny
