// RFC 3284, section 2: integers in base 128, the most significant digit first, the high bit set on
// every byte but the last.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kerf::vcdiff {

// Takes one byte at a time. The RFC bounds neither width nor leading zero digits; ten bytes hold
// every 64-bit number.
class NumberDecoder {
 public:
  enum class State : std::uint8_t { more, done, overflow };

  State feed(std::uint8_t byte) {
    constexpr std::size_t most_digits = 10;
    if (value_ >> 57 != 0 || ++digits_ > most_digits) {
      return State::overflow;
    }
    padded_ = padded_ || (digits_ == 1 && byte == 0x80);
    value_ = value_ << 7 | (byte & 0x7fU);
    return (byte & 0x80U) != 0 ? State::more : State::done;
  }
  std::uint64_t value() const { return value_; }
  // It has leading zero digits.
  bool padded() const { return padded_; }

 private:
  std::uint64_t value_ = 0;
  std::size_t digits_ = 0;
  bool padded_ = false;
};

// By bit width: a table, because the writer's parse asks for nothing more often.
inline constexpr auto number_sizes = [] {
  std::array<std::uint8_t, 65> sizes{};
  for (std::size_t width = 0; width < sizes.size(); ++width) {
    sizes[width] = static_cast<std::uint8_t>(width == 0 ? 1 : (width + 6) / 7);
  }
  return sizes;
}();

// Bytes that `value` takes: 1 to 10.
constexpr std::size_t number_size(std::uint64_t value) {
  return number_sizes[static_cast<std::size_t>(std::bit_width(value))];
}

inline void append_number(std::vector<std::uint8_t>& out, std::uint64_t value) {
  for (std::size_t left = number_size(value); left > 1; --left) {
    out.push_back(static_cast<std::uint8_t>(0x80U | (value >> 7 * (left - 1))));
  }
  out.push_back(static_cast<std::uint8_t>(value & 0x7fU));
}

}  // namespace kerf::vcdiff
