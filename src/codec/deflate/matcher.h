// Which literals and copies an encoder of the deflate families makes of its input: a sliding
// window, chains of positions with equal hash, and greedy or lazy choice. Every detail here is part
// of the format (docs/formats/codecs.md, "Deflate families").
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "codec/deflate/params.h"
#include "codec/deflate/token.h"

namespace kerf::deflate {

class Matcher {
 public:
  explicit Matcher(const DeflateParams& params);

  // Bytes that a matcher with these params allocates.
  static std::uint64_t memory(const DeflateParams& params);

  enum class Step { token, starved, end };
  // Foresees the next token. starved: fill all of space() (or say that the input has ended) and ask
  // again. Several calls without advance() give the same token.
  Step peek(Token& token);
  // Goes on behind `token`, which is the foreseen one or any other that fits: its bytes must be in
  // the window (covered by available()).
  void advance(Token token);

  // Room for input; tell filled() how much of it is used. Valid until the next call of anything.
  MutBytes space();
  void filled(std::size_t count) { lookahead_ += static_cast<unsigned>(count); }
  // Takes as much from the front of `plain` as there is room for. Whether all the room is used.
  bool fill(Bytes& plain);
  // No more input will come.
  void end() { ended_ = true; }

  // Everything is covered, and no more will come.
  bool at_end() const { return ended_ && available() == 0; }
  // Plain bytes at hand that no token covers yet.
  unsigned available() const { return lookahead_ + (pending_ ? 1U : 0U); }
  // Among the earlier places, the nearest first, that repeat the next `length` bytes (3 to
  // available()): the number of the one at `distance`, or nothing if it is not among those that
  // the hash chain leads to in 4096 steps. Only between peek() and advance().
  std::optional<unsigned> rank_of(unsigned distance, unsigned length) const;
  // The inverse; 0 if there is no such place.
  unsigned distance_of(unsigned rank, unsigned length) const;
  // The next `count` bytes, at most available().
  Bytes upcoming(unsigned count) const { return Bytes(window_).subspan(covered(), count); }
  // The last `count` bytes that tokens have covered, or nothing if they have left the window.
  bool still_there(std::uint64_t count) const { return count <= covered(); }
  Bytes recent(std::uint64_t count) const {
    return Bytes(window_).subspan(covered() - static_cast<std::size_t>(count),
                                  static_cast<std::size_t>(count));
  }
  // Lazy matching looks one byte ahead of the token that it decides.
  bool lazy() const { return mode_ == Mode::lazy; }

 private:
  enum class Mode : std::uint8_t { greedy, lazy, runs, literals };

  template <class Visit>
  void visit_matches(unsigned length, Visit visit) const;
  bool refill();
  void slide();
  unsigned hash(unsigned position) const;
  unsigned insert(unsigned position);
  unsigned longest_match(unsigned candidate);
  bool reachable(unsigned candidate) const;
  Step peek_greedy(Token& token);
  Step peek_lazy(Token& token);
  Step peek_run(Token& token);
  unsigned covered() const { return position_ - (pending_ ? 1U : 0U); }
  Token literal_at(unsigned position) const { return {0, window_[position]}; }

  DeflateParams params_;
  Mode mode_;
  unsigned window_size_;
  unsigned reach_;      // the largest distance that is searched
  unsigned low_water_;  // lookahead below which input is asked for
  unsigned hash_bits_;
  unsigned hash_mask_;
  unsigned good_, lazy_, nice_, chain_;  // the level's effort

  std::vector<std::uint8_t> window_;
  std::vector<std::uint16_t> head_;      // hash -> latest position; 0: none
  std::vector<std::uint16_t> previous_;  // position modulo window -> next older one of its chain

  unsigned position_ = 0;   // of the next byte to be examined
  unsigned lookahead_ = 0;  // bytes from there on
  bool ended_ = false;      // no more input will come
  bool drained_ = false;    // gnu: has noticed the end
  bool peeked_ = false;
  Token foreseen_{};

  // Lazy matching: the byte before position_ waits for a decision (pending_), and had a match.
  bool pending_ = false;
  unsigned match_length_ = 2;
  unsigned match_start_ = 0;
};

}  // namespace kerf::deflate
