// Numbers as the headers of old archive formats write them: in digits, in fields of fixed width.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace kerf::container {

// Digits of base 8, 10 or 16, with blanks in front, ended by the field's end, a blank or a 0; an
// empty field is 0. Nothing for anything else, and for what does not fit 63 bits.
inline std::optional<std::uint64_t> text_number(Bytes field, unsigned base) {
  std::size_t i = 0;
  while (i < field.size() && field[i] == ' ') {
    ++i;
  }
  std::uint64_t value = 0;
  for (; i < field.size() && field[i] != ' ' && field[i] != 0; ++i) {
    unsigned digit = 0;
    if (field[i] >= '0' && field[i] <= '9') {
      digit = field[i] - unsigned{'0'};
    } else if (field[i] >= 'a' && field[i] <= 'f') {
      digit = field[i] - unsigned{'a'} + 10;
    } else if (field[i] >= 'A' && field[i] <= 'F') {
      digit = field[i] - unsigned{'A'} + 10;
    } else {
      return std::nullopt;
    }
    if (digit >= base || value >> 58 != 0) {
      return std::nullopt;
    }
    value = value * base + digit;
  }
  return value;
}

}  // namespace kerf::container
