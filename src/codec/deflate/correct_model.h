// How corrections are coded: one description for both directions. Normative:
// docs/formats/codecs.md, section 4.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <type_traits>

#include "codec/deflate/adaptive.h"
#include "codec/deflate/block.h"
#include "codec/deflate/matcher.h"
#include "model/range_coder.h"

namespace kerf::deflate {

// What all corrections of a stream have in common, for both directions (adaptive.h).
class Corrections {
 public:
  struct BlockHead {
    bool last = false;
    bool stored = false;
    unsigned count = 0;  // stored: bytes; not last: tokens; last: nothing
  };

  template <class Coder>
  BlockHead head(Coder& coder, BlockHead actual) {
    BlockHead head;
    head.last = last_.code(coder, actual.last);
    head.stored = stored_[was_stored_ ? 1 : 0].code(coder, actual.stored);
    was_stored_ = head.stored;
    if (head.stored || !head.last) {
      unsigned& before = before_[head.stored ? 1 : 0];
      if (!same_count_[head.stored ? 1 : 0].code(coder, actual.count == before)) {
        before = count_[head.stored ? 1 : 0].code(coder, actual.count);
      }
      head.count = before;
    }
    return head;
  }

  // `foreseen` is what the matcher expects. A decoded match may be longer than what is left.
  template <class Coder>
  Token token(Coder& coder, const Matcher& matcher, Token foreseen, Token actual) {
    const unsigned kind = kind_of(foreseen);
    const bool hit = hit_[kind][history_ & 7].code(coder, actual == foreseen);
    history_ = history_ << 1 | (hit ? 0U : 1U);
    if (hit) {
      return foreseen;
    }
    if (!foreseen.literal() && becomes_literal_[kind].code(coder, actual.literal())) {
      return {0, matcher.upcoming(1)[0]};
    }
    // A match; where one was expected, perhaps with its length or its distance.
    Token token = foreseen;
    const bool had_match = !foreseen.literal();
    if (!had_match || !same_length_[kind].code(coder, actual.length == foreseen.length)) {
      token.length = static_cast<std::uint16_t>(
          kMinMatch + length_[kind].code(coder, actual.length - kMinMatch));
    }
    if (!had_match || !same_distance_[kind].code(coder, actual.value == foreseen.value)) {
      token.value = distance(coder, matcher, token.length, actual.literal() ? 1 : actual.value);
    }
    return token;
  }

  // How a block that is not stored is written (end of block counted in its frequencies); `foreseen`
  // as choose_block() and derive_codes() have it for its tokens. Returns the type and fills
  // `codes`. False: there are no such codes.
  template <class Coder>
  bool codes(Coder& coder, BlockType foreseen, const DynamicCodes& foreseen_codes, BlockType& type,
             DynamicCodes& codes);

 private:
  static unsigned kind_of(Token token) {
    if (token.literal()) {
      return 0;
    }
    return token.length < 6     ? token.length - 2U
           : token.length < 12  ? 4
           : token.length < 258 ? 5
                                : 6;
  }

  // A distance, as the number of its place among those that repeat `length` bytes, or by itself.
  template <class Coder>
  std::uint16_t distance(Coder& coder, const Matcher& matcher, unsigned length, unsigned actual) {
    if (length <= matcher.available()) {
      unsigned coded = 0;
      if constexpr (!std::is_same_v<Coder, model::RangeDecoder>) {
        const auto rank = matcher.rank_of(actual, length);
        coded = rank ? *rank + 1 : 0;
      }
      coded = rank_.code(coder, coded);
      if (coded != 0) {
        return static_cast<std::uint16_t>(matcher.distance_of(coded - 1, length));
      }
    }
    const Coded wanted = code_of_distance(actual);
    const unsigned code = std::min(distance_code_.code(coder, wanted.code), kDistances - 1);
    const unsigned bits = extra_bits_of_distance(code);
    unsigned extra = 0;
    for (unsigned bit = bits; bit-- > 0;) {
      extra = extra << 1 | (coder.code((wanted.extra >> bit & 1) != 0, 32768) ? 1U : 0U);
    }
    return static_cast<std::uint16_t>(base_of_distance(code) + extra);
  }

  template <class Coder>
  bool lengths(Coder& coder, std::span<const std::uint8_t> foreseen, unsigned foreseen_count,
               unsigned least, std::span<std::uint8_t> actual, unsigned& count);
  template <class Coder>
  bool header(Coder& coder, DynamicCodes& codes);

  Decision last_;
  std::array<Decision, 2> stored_;
  std::array<Decision, 2> same_count_;
  std::array<Number, 2> count_;
  std::array<unsigned, 2> before_{};
  bool was_stored_ = false;

  static constexpr unsigned kKinds = 7;
  unsigned history_ = 0;  // of the latest tokens, one bit each: foreseen wrongly
  std::array<std::array<Decision, 8>, kKinds> hit_;
  std::array<Decision, kKinds> becomes_literal_;
  std::array<Decision, kKinds> same_length_;
  std::array<Decision, kKinds> same_distance_;
  std::array<Tree<8>, kKinds> length_;
  Number rank_;
  Tree<5> distance_code_;

  Decision same_type_;
  Decision same_codes_;
  Decision same_lengths_count_;
  Tree<5> lengths_count_;
  std::array<std::array<Tree<4>, 3>, 16>
      code_length_;  // by the length foreseen, and what came before
  Decision usual_header_;
  std::array<Tree<2>, 8> run_;  // by the length of the run that is ahead, and whether it is zeros
  Tree<7> run_extra_;
  Decision same_length_codes_;
  Tree<5> length_code_count_;
  std::array<Tree<3>, 8> length_code_length_;
};

}  // namespace kerf::deflate
