// What an engine says about a pair of files, in a form from which every leaf format can be written.
#pragma once

#include <array>
#include <cstdint>
#include <variant>
#include <vector>

namespace kerf {

// The next `length` target bytes resemble the source bytes at [from, from + length). They need not
// be equal: a format with difference bytes codes target - source modulo 256, a format without
// splits the copy where they differ.
struct Copy {
  std::uint64_t from = 0;
  std::uint64_t length = 0;
  friend bool operator==(const Copy&, const Copy&) = default;
};

// The next `length` target bytes resemble nothing in the source and are sent as they are.
struct Add {
  std::uint64_t length = 0;
  friend bool operator==(const Add&, const Add&) = default;
};

// Covers the target left to right, without gaps; no piece is empty. A Script holds no bytes:
// whoever uses it has the source and the target as well, so that nothing borrowed can outlive its
// owner and a Script of a large file costs only its pieces.
using Script = std::vector<std::variant<Copy, Add>>;

// Prices in 1/256 bit, by which an engine chooses between ways to say the same thing. Every patch
// writer supplies its own: the better they foretell what its entropy coder does, the smaller the
// patch.
struct CostModel {
  // A byte of a copy by target - source, after an equal byte ([0]) and after a differing one ([1]).
  std::array<std::array<std::uint32_t, 256>, 2> difference{};
  // A difference that is one of the last four nonzero ones of the same copy, likewise.
  std::array<std::uint32_t, 2> recent_difference{};
  // A difference that stood in the same place of the previous record (4, 8, 16 or 24 bytes before),
  // as in tables of addresses; and an equal byte after such a one.
  std::uint32_t periodic_difference = 0;
  std::uint32_t equal_after_periodic = 0;
  std::array<std::uint32_t, 256> literal{};  // a byte of an add, by value
  std::uint32_t piece = 0;                   // starting a new copy, position and lengths included
};

// Prices that do not depend on the bytes' values, of which most coders keep no account.
struct FlatPrices {
  std::uint32_t equal_after_equal;
  std::uint32_t equal_after_different;
  std::uint32_t different_after_equal;
  std::uint32_t different_after_different;
  std::uint32_t recent_after_equal;
  std::uint32_t recent_after_different;
  std::uint32_t periodic;
  std::uint32_t equal_after_periodic;
  std::uint32_t literal;
  std::uint32_t piece;
};

constexpr CostModel expand(const FlatPrices& flat) {
  CostModel model;
  model.difference[0].fill(flat.different_after_equal);
  model.difference[1].fill(flat.different_after_different);
  model.difference[0][0] = flat.equal_after_equal;
  model.difference[1][0] = flat.equal_after_different;
  model.recent_difference = {flat.recent_after_equal, flat.recent_after_different};
  model.periodic_difference = flat.periodic;
  model.equal_after_periodic = flat.equal_after_periodic;
  model.literal.fill(flat.literal);
  model.piece = flat.piece;
  return model;
}

}  // namespace kerf
