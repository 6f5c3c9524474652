// The grammar of a `tiny` window, symbol by symbol: shared by decoder and encoder. Part of the
// format.
#pragma once

#include "mcu/tiny_fields.h"
#include "mcu/tiny_models.h"
#include "mcu/tiny_predict.h"

namespace kerf::mcu {

inline constexpr uint32_t long_match = 32;

enum class Op : uint8_t { literal, match, cover };

// What a window's symbols depend on besides the models.
struct Cursor {
  uint32_t old_next;             // old position behind the last cover
  uint32_t diagonal[diagonals];  // old position - new position of covers, the last one first
  uint32_t old_shift;            // likewise of the last match with old
  uint32_t new_distance;         // of the last match with new
  uint8_t context;               // 0 after a cover, 1 after a match, 2 to 5 after 1 to 4 literals
  uint8_t history;               // a bit for each unit of covers that was wrong, the last is bit 0
  uint8_t last_byte;

  void reset() {
    old_next = 0;
    for (uint32_t& shift : diagonal) shift = 0;
    old_shift = 0;
    new_distance = 1;
    context = 0;
    history = 0;
    last_byte = 0;
  }
  void after_literal() {
    context = static_cast<uint8_t>(context < 2                 ? 2
                                   : context < op_contexts - 1 ? context + 1
                                                               : context);
  }
  void use_diagonal(uint32_t shift) {
    unsigned i = 0;
    while (i < diagonals - 1 && diagonal[i] != shift) ++i;
    for (; i > 0; --i) diagonal[i] = diagonal[i - 1];
    diagonal[0] = shift;
  }
  void after_cover(uint32_t old_end) {
    old_next = old_end;
    context = 0;
  }
  // Long matches with old are like covers.
  void after_match(bool from_old, uint32_t from, uint32_t to, uint32_t length) {
    if (from_old && length >= long_match) {
      old_next = from + length;
      use_diagonal(from - to);
    }
    context = 1;
  }
  void note(bool wrong) { history = static_cast<uint8_t>(history << 1 | (wrong ? 1 : 0)); }
};

// What a cover codes in one go: a field, or up to group_size bytes up to the next field.
struct Unit {
  const refs::Field* field;  // null: bytes
  uint32_t size;
};

// The unit at old position `from` in the present chunk of `window`, with `remaining` bytes of the
// cover left.
inline Unit next_unit(OldWindow& window, uint32_t from, uint32_t remaining) {
  const refs::Field* field = window.next(from);
  if (field != nullptr && field->position == from && field->width <= remaining) {
    return {field, field->width};
  }
  uint32_t size = window.chunk_end() - from;
  if (field != nullptr && field->position > from && field->position - from < size) {
    size = field->position - from;
  }
  if (size > remaining) size = remaining;
  return {nullptr, size < group_size ? size : group_size};
}

// The target that is `error` units away from the first guess.
inline uint64_t corrected(const TinyImage& image, const refs::Field& field, const Guess& guess,
                          uint32_t error) {
  auto distance = static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(error)));
  for (unsigned i = unit_of(field.kind); i > 0; --i) distance += distance;
  return (guess.target[0] + distance) & image.address_mask();
}

template <class Coder>
class Stream {
 public:
  Stream(Models& models, Cursor& cursor, Coder& coder)
      : symbols_(coder), m_(models), cursor_(cursor) {}

  Op op(Op value) {
    if (!symbols_.flag(m_.is_match[cursor_.context], value != Op::literal)) return Op::literal;
    return symbols_.flag(m_.is_cover[cursor_.context], value == Op::cover) ? Op::cover : Op::match;
  }

  uint8_t literal(uint8_t value) {
    const uint8_t made =
        symbols_.byte(m_.literal_high[cursor_.last_byte >> 4], m_.literal_low, value);
    return made;
  }

  // The old position of a cover that makes new bytes from `to` on. Remembers its diagonal.
  uint32_t cover_from(uint32_t to, uint32_t value) {
    uint32_t rank = 0;
    while (rank < diagonals && cursor_.diagonal[rank] != value - to) ++rank;
    uint32_t from;
    repeated_ = true;
    if (symbols_.flag(m_.cover_repeats[0], rank == 0)) {
      from = to + cursor_.diagonal[0];
    } else if (symbols_.flag(m_.cover_repeats[1], rank < diagonals)) {
      unsigned i = 1;
      while (i < diagonals - 1 && symbols_.flag(m_.cover_ranks[i - 1], rank > i)) ++i;
      from = to + cursor_.diagonal[i];
    } else {
      repeated_ = false;
      from = near(m_.cover_distance, 0, value);
    }
    cursor_.use_diagonal(from - to);
    return from;
  }
  // At least 1; follows cover_from(). `repeated`: as returned by repeats().
  uint32_t cover_length(bool repeated, uint32_t value) {
    return symbols_.number(m_.cover_length[repeated ? 1 : 0], value - 1) + 1;
  }
  bool repeats() const { return repeated_; }

  // Where a match comes from: an old position, or how far back in new (at least 1).
  uint32_t match_source(bool& from_old, uint32_t to, uint32_t value) {
    from_old = symbols_.flag(m_.from_old[cursor_.context < 3 ? cursor_.context : 3], from_old);
    if (from_old) {
      uint32_t from = to + cursor_.old_shift;
      if (!symbols_.flag(m_.match_repeats[0], from == value)) {
        from = near(m_.old_distance, 1, value);
      }
      cursor_.old_shift = from - to;
      return from;
    }
    if (!symbols_.flag(m_.match_repeats[1], value == cursor_.new_distance)) {
      cursor_.new_distance = symbols_.number(m_.new_distance, value - 1) + 1;
    }
    return cursor_.new_distance;
  }
  // At least 2.
  uint32_t match_length(bool from_old, uint32_t value) {
    return symbols_.number(m_.match_length[from_old ? 1 : 0], value - 2) + 2;
  }

  // Are the next `size` bytes of a cover as in old? Never asked for fields.
  bool group(unsigned size, bool value) {
    return symbols_.flag(m_.group_equal[(cursor_.history & 7) | (size >= 8 ? 8 : 0)], value);
  }
  // Is byte `index` of a group as in old, where `wrong` before it were not?
  bool byte_equal(unsigned index, unsigned wrong, bool value) {
    const unsigned context =
        (index & 3) | (wrong > 1 ? 2 : wrong) << 2 | (cursor_.history & 1U) << 4;
    return symbols_.flag(m_.byte_equal[context], value);
  }
  // A byte that is not as expected.
  uint8_t other_byte(bool in_field, uint8_t expected, uint8_t value) {
    const unsigned which = in_field ? 1 : 0;
    const uint8_t difference =
        symbols_.byte(m_.error_high[which], m_.error_low, static_cast<uint8_t>(value - expected));
    return static_cast<uint8_t>(expected + difference);
  }

  // 0 or 1: the field is as that guess says; 2: its target is wrong by field_error(); 3: bytewise.
  unsigned field_outcome(const Guess& guess, unsigned value) {
    if (symbols_.flag(m_.first_right[guess.group][guess.context], value == 0)) return 0;
    if (guess.count > 1 &&
        symbols_.flag(m_.second_right[guess.group][guess.of_second], value == 1)) {
      return 1;
    }
    return symbols_.flag(m_.numeric[guess.group], value == 2) ? 2 : 3;
  }
  // New target - predicted target, in units of 2^unit. Never 0.
  uint32_t field_error(uint32_t value) {
    const bool backward = symbols_.flag(m_.backward[2], (value >> 31) != 0);
    const uint32_t size = symbols_.number(m_.field_error, (backward ? 0 - value : value) - 1) + 1;
    return backward ? 0 - size : size;
  }
  bool field_byte(unsigned index, bool wrong, bool value) {
    return symbols_.flag(m_.field_byte[(index & 3) | (wrong ? 4 : 0)], value);
  }

 private:
  // An old position, by its distance from the end of the last cover.
  uint32_t near(NumberModel& model, unsigned sign, uint32_t value) {
    const uint32_t forward = value - cursor_.old_next;
    const bool back = symbols_.flag(m_.backward[sign], (forward >> 31) != 0);
    const uint32_t size = symbols_.number(model, back ? 0 - forward - 1 : forward);
    return cursor_.old_next + (back ? 0 - size - 1 : size);
  }

  Symbols<Coder> symbols_;
  Models& m_;
  Cursor& cursor_;
  bool repeated_ = false;
};

}  // namespace kerf::mcu
