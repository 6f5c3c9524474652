// What a byte of a copy will cost, given what was seen just before at the same alignment.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/script.h"

namespace kerf::suffix {

// What the price of the next byte of a copy depends on.
struct DifferenceContext {
  enum class Last : std::uint8_t { equal, different, periodic };
  std::uint32_t recent = 0;  // the last four nonzero differences, a byte each, the latest lowest
  Last last = Last::equal;
};

// Prices bytes of copies between two files, which are borrowed. `alignment` is the source position
// minus the target position; the source position must lie in the source.
class DifferencePrice {
 public:
  DifferencePrice(Bytes from, Bytes to, const CostModel& prices)
      : from_(from), to_(to), prices_(prices) {}

  bool inside(std::size_t position, std::int64_t alignment) const {
    const std::int64_t at = static_cast<std::int64_t>(position) + alignment;
    return at >= 0 && static_cast<std::uint64_t>(at) < from_.size();
  }
  static std::size_t source_position(std::size_t position, std::int64_t alignment) {
    return static_cast<std::size_t>(static_cast<std::int64_t>(position) + alignment);
  }
  std::uint8_t difference(std::size_t position, std::int64_t alignment) const {
    return static_cast<std::uint8_t>(to_[position] - from_[source_position(position, alignment)]);
  }

  // The price of the target byte at `position` as part of a copy, in 1/256 bit. Updates `context`.
  std::uint32_t price(std::size_t position, std::int64_t alignment,
                      DifferenceContext& context) const {
    using Last = DifferenceContext::Last;
    const std::uint8_t value = difference(position, alignment);
    const Last last = context.last;
    if (value == 0) {
      context.last = Last::equal;
      return last == Last::periodic ? prices_.equal_after_periodic
                                    : prices_.difference[last == Last::equal ? 0 : 1][0];
    }
    const bool recent = is_recent(context.recent, value);
    context.recent = context.recent << 8 | value;
    if (is_periodic(position, alignment, value)) {
      context.last = Last::periodic;
      return prices_.periodic_difference;
    }
    context.last = Last::different;
    const std::size_t after = last == Last::equal ? 0 : 1;
    return recent ? prices_.recent_difference[after] : prices_.difference[after][value];
  }

 private:
  // True if `value` is one of the bytes of `recent`.
  static bool is_recent(std::uint32_t recent, std::uint8_t value) {
    const std::uint32_t x = recent ^ (value * 0x01010101U);
    return ((x - 0x01010101U) & ~x & 0x80808080U) != 0;
  }
  bool is_periodic(std::size_t position, std::int64_t alignment, std::uint8_t value) const {
    constexpr std::size_t longest = 24;
    if (position < longest || source_position(position, alignment) < longest) {
      return false;
    }
    return difference(position - 24, alignment) == value ||
           difference(position - 8, alignment) == value ||
           difference(position - 16, alignment) == value ||
           difference(position - 4, alignment) == value;
  }

  Bytes from_;
  Bytes to_;
  const CostModel& prices_;
};

}  // namespace kerf::suffix
