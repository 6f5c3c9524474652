// The order in which a recipe's numbers stand in its text, once for reader and writer. Coder:
// NumberEncoder or NumberDecoder.
#pragma once

#include <algorithm>
#include <vector>

#include "codec/numbers.h"
#include "recipe/recipe.h"

namespace kerf::recipe {

// Contexts of numbers; wire format.
enum Context : std::size_t {
  at_counts,
  at_codec,
  at_params_length,
  at_params,
  at_step,
  at_step_size,
  at_format,
  at_patch,
  at_pieces,
  at_kind,                               // by the kind before; piece_kinds for none
  at_value = at_kind + piece_kinds + 1,  // by kind
  at_skip = at_value + piece_kinds,      // by kind
  at_length = at_skip + piece_kinds,     // by kind and the kind before
  at_coding = at_length + piece_kinds * (piece_kinds + 1),  // by kind
  at_like = at_coding + piece_kinds,
  context_count,
};

// Bits of a step's first number.
inline constexpr std::uint64_t step_is_patch = 1;
inline constexpr std::uint64_t step_has_hash = 2;

// Signed numbers with the small ones first: 0, -1, 1, -2, 2.
inline std::uint64_t fold(std::uint64_t difference) {
  return (difference << 1) ^ (0 - (difference >> 63));
}
inline std::uint64_t unfold(std::uint64_t folded) {
  return (folded >> 1) ^ (0 - (folded & 1));
}

// How far ahead in the assembly before an equal length is looked for.
inline constexpr std::uint64_t most_ahead = 16;

// Codes the pieces of one assembly. Where a piece begins is told relative to where the last one
// from the same value ended, and a length of 0 means "to the end of the value". What is copied
// between the streams of the new version is often as long as in the old one: copies may name a
// length of the assembly before.
template <class Coder>
class PieceCoder {
 public:
  // Borrows all. `earlier`: the lengths of the copies of the last assembly that has any; empty at
  // first.
  PieceCoder(Coder& coder, const Recipe& recipe, std::size_t now,
             std::vector<std::uint64_t>& earlier)
      : coder_(coder), recipe_(recipe), now_(now), ends_(now, 0), earlier_(earlier) {}

  // Behind the last piece: brings `earlier` up to date.
  void finish() {
    if (!copies_.empty()) {
      earlier_.swap(copies_);
    }
  }

  // For a decoder, what it finds; values in range, ranges not checked. False: damaged.
  bool code(Piece& piece, std::uint64_t& payload) {
    const auto found = coder_.code(at_kind + before_, static_cast<std::uint64_t>(piece.kind));
    if (found >= piece_kinds) {
      return false;
    }
    piece.kind = static_cast<PieceKind>(found);
    const auto kind = static_cast<std::size_t>(found);
    const std::size_t length_context = at_length + kind * (piece_kinds + 1) + before_;
    before_ = kind;
    if (piece.kind == PieceKind::literal || piece.kind == PieceKind::zero) {
      piece.range.length = coder_.code(length_context, piece.range.length);
      if (piece.kind == PieceKind::literal) {
        piece.range.offset = payload;
        payload += piece.range.length;  // check() finds what overflows
      }
      return true;
    }
    const std::uint64_t back = coder_.code(at_value + kind, now_ - 1 - piece.value);
    if (back >= now_) {
      return false;
    }
    piece.value = static_cast<std::uint32_t>(now_ - 1 - back);
    std::uint64_t& end = ends_[piece.value];
    piece.range.offset = end + unfold(coder_.code(at_skip + kind, fold(piece.range.offset - end)));
    const std::uint64_t rest = recipe_.size_of(piece.value) - piece.range.offset;
    if (piece.kind != PieceKind::copy || !code_like(piece.range.length)) {
      const std::uint64_t length = coder_.code(
          length_context, piece.range.length == rest ? std::uint64_t{0} : piece.range.length);
      piece.range.length = length == 0 ? rest : length;
    }
    if (piece.kind == PieceKind::copy) {
      copies_.push_back(piece.range.length);
    }
    end = piece.range.offset + piece.range.length;
    if (piece.kind == PieceKind::decode || piece.kind == PieceKind::encode) {
      const std::uint64_t coding = coder_.code(at_coding + kind, piece.coding);
      if (coding > 0xFFFFFFFFU) {
        return false;
      }
      piece.coding = static_cast<std::uint32_t>(coding);
    }
    return true;
  }

 private:
  // False: `length` is none of those that come next in the assembly before.
  bool code_like(std::uint64_t& length) {
    const std::size_t count = std::min<std::size_t>(earlier_.size() - next_, most_ahead);
    if (count == 0) {
      return false;
    }
    std::uint64_t found = 0;  // 1 for the next
    for (std::size_t i = 0; i < count && found == 0; ++i) {
      found = earlier_[next_ + i] == length ? i + 1 : 0;
    }
    found = coder_.code(at_like, found);
    if (found == 0 || found > count) {
      return false;
    }
    next_ += static_cast<std::size_t>(found);
    length = earlier_[next_ - 1];
    return true;
  }

  Coder& coder_;
  const Recipe& recipe_;
  std::size_t now_;
  std::vector<std::uint64_t> ends_;
  std::size_t before_ = piece_kinds;
  std::vector<std::uint64_t>& earlier_;
  std::size_t next_ = 0;               // of these
  std::vector<std::uint64_t> copies_;  // the lengths of this assembly's own
};

}  // namespace kerf::recipe
