// Arithmetic on numbers that came from input: the result, or nothing when it does not fit.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace kerf {

template <std::unsigned_integral T>
constexpr std::optional<T> checked_add(T a, T b) {
  if (a > std::numeric_limits<T>::max() - b) {
    return std::nullopt;
  }
  return static_cast<T>(a + b);
}

template <std::unsigned_integral T>
constexpr std::optional<T> checked_mul(T a, T b) {
  if (b != 0 && a > std::numeric_limits<T>::max() / b) {
    return std::nullopt;
  }
  return static_cast<T>(a * b);
}

// `base + delta`, if it lies in [0, 2^63). Both sides of the sum must already lie in
// (-2^63, 2^63), as bsdiff positions and seeks do.
constexpr std::optional<std::int64_t> checked_seek(std::int64_t base, std::int64_t delta) {
  if (delta > 0 ? base > std::numeric_limits<std::int64_t>::max() - delta
                : base < std::numeric_limits<std::int64_t>::min() - delta) {
    return std::nullopt;
  }
  return base + delta;
}

// `value` as another integer type, if it is representable there.
template <std::integral To, std::integral From>
constexpr std::optional<To> checked_cast(From value) {
  if (!std::in_range<To>(value)) {
    return std::nullopt;
  }
  return static_cast<To>(value);
}

}  // namespace kerf
