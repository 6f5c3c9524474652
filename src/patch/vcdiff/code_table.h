// RFC 3284, section 5.6: the default instruction code table, by its rule.
#pragma once

#include <array>
#include <cstdint>

namespace kerf::vcdiff {

enum class Type : std::uint8_t { noop, add, run, copy };

// One of the two instructions of a code; size 0 means that the size follows.
struct Half {
  Type type = Type::noop;
  std::uint8_t size = 0;
  std::uint8_t mode = 0;  // of a copy
};

struct Entry {
  Half first;
  Half second;
};

constexpr unsigned near_slots = 4;
constexpr unsigned same_slots = 3;
constexpr unsigned first_near_mode = 2;  // 0 is SELF, 1 is HERE
constexpr unsigned first_same_mode = first_near_mode + near_slots;
constexpr unsigned mode_count = first_same_mode + same_slots;

constexpr std::array<Entry, 256> make_default_table() {
  std::array<Entry, 256> table{};
  std::size_t at = 0;
  const auto put = [&](Half first, Half second) { table[at++] = {first, second}; };
  const auto add = [](unsigned size) {
    return Half{Type::add, static_cast<std::uint8_t>(size), 0};
  };
  const auto copy = [](unsigned size, unsigned mode) {
    return Half{Type::copy, static_cast<std::uint8_t>(size), static_cast<std::uint8_t>(mode)};
  };
  put({Type::run, 0, 0}, {});
  for (unsigned size = 0; size <= 17; ++size) {
    put(add(size), {});
  }
  for (unsigned mode = 0; mode < mode_count; ++mode) {
    put(copy(0, mode), {});
    for (unsigned size = 4; size <= 18; ++size) {
      put(copy(size, mode), {});
    }
  }
  for (unsigned mode = 0; mode < mode_count; ++mode) {
    const unsigned longest = mode < first_same_mode ? 6 : 4;
    for (unsigned added = 1; added <= 4; ++added) {
      for (unsigned copied = 4; copied <= longest; ++copied) {
        put(add(added), copy(copied, mode));
      }
    }
  }
  for (unsigned mode = 0; mode < mode_count; ++mode) {
    put(copy(4, mode), add(1));
  }
  return table;
}

inline constexpr std::array<Entry, 256> default_table = make_default_table();
static_assert(default_table[255].first.mode == 8 && default_table[255].second.type == Type::add);

}  // namespace kerf::vcdiff
