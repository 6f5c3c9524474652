#include "codec/deflate/matcher.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

namespace kerf::deflate {
namespace {

constexpr unsigned kMinLookahead = kMaxMatch + kMinMatch + 1;
constexpr unsigned kTooFar =
    4096;  // a match of three bytes from farther away costs more than it saves
constexpr unsigned kFilteredShortest =
    6;  // strategy "filtered" leaves shorter ones to the literals
constexpr unsigned kMargin = kMaxMatch + 8;  // comparisons may look (not depend) beyond the window

struct Effort {
  std::uint16_t good;   // a match in hand of this length: a quarter of the chain will do
  std::uint16_t lazy;   // ... : no look at the next position (greedy: do not enter its inside)
  std::uint16_t nice;   // good enough to stop the search
  std::uint16_t chain;  // candidates examined
};
constexpr std::array<Effort, 10> kEfforts{{{0, 0, 0, 0},
                                           {4, 4, 8, 4},
                                           {4, 5, 16, 8},
                                           {4, 6, 32, 32},
                                           {4, 4, 16, 16},
                                           {8, 16, 32, 32},
                                           {8, 16, 128, 128},
                                           {8, 32, 128, 256},
                                           {32, 128, 258, 1024},
                                           {32, 258, 258, 4096}}};

unsigned hash_bits(const DeflateParams& params) {
  switch (params.family) {
    case DeflateFamily::gnu:
      return 15;
    case DeflateFamily::chromium:
      return std::max(15U, params.mem_level + 7U);
    case DeflateFamily::zlib:
      break;
  }
  return params.mem_level + 7U;
}

// Equal bytes from `a` and `b` on, at most kMaxMatch; both may be read 8 bytes farther.
unsigned match_length(const std::uint8_t* a, const std::uint8_t* b) {
  unsigned length = 0;
  while (length < kMaxMatch) {
    const std::uint64_t difference = load_le64(a + length) ^ load_le64(b + length);
    if (difference != 0) {
      length += static_cast<unsigned>(std::countr_zero(difference)) / 8;
      break;
    }
    length += 8;
  }
  return std::min(length, kMaxMatch);
}

}  // namespace

Matcher::Matcher(const DeflateParams& params)
    : params_(params),
      mode_(params.strategy == DeflateStrategy::huffman_only ? Mode::literals
            : params.strategy == DeflateStrategy::rle        ? Mode::runs
            : params.level <= 3                              ? Mode::greedy
                                                             : Mode::lazy),
      window_size_(1U << params.window_bits),
      reach_(window_size_ - kMinLookahead),
      low_water_(mode_ == Mode::literals ? 1
                 : mode_ == Mode::runs   ? kMaxMatch + 1
                                         : kMinLookahead),
      hash_bits_(hash_bits(params)),
      hash_mask_((1U << hash_bits_) - 1),
      good_(kEfforts[params.level].good),
      lazy_(kEfforts[params.level].lazy),
      nice_(kEfforts[params.level].nice),
      chain_(kEfforts[params.level].chain),
      window_(std::size_t{2} * window_size_ + kMargin),
      head_(std::size_t{1} << hash_bits_),
      previous_(window_size_) {}

std::uint64_t Matcher::memory(const DeflateParams& params) {
  const std::uint64_t window = std::uint64_t{1} << params.window_bits;
  return sizeof(Matcher) + 2 * window + kMargin + 2 * window +
         (std::uint64_t{2} << hash_bits(params));
}

bool Matcher::fill(Bytes& plain) {
  const MutBytes room = space();
  const std::size_t part = std::min(room.size(), plain.size());
  std::copy_n(plain.begin(), part, room.begin());
  filled(part);
  plain = plain.subspan(part);
  return part == room.size();
}

MutBytes Matcher::space() {
  const std::size_t end = std::size_t{position_} + lookahead_;
  return MutBytes(window_).subspan(end, std::size_t{2} * window_size_ - end);
}

// Calls visit(distance) for each place, until it returns true.
template <class Visit>
void Matcher::visit_matches(unsigned length, Visit visit) const {
  const unsigned at = covered();
  const unsigned limit = at > reach_ ? at - reach_ : 0;
  unsigned candidate = at;
  for (unsigned step = 0; step < kEfforts[9].chain; ++step) {
    const unsigned older = previous_[candidate & (window_size_ - 1)];
    if (older <= limit || older >= candidate) {
      return;
    }
    candidate = older;
    if (match_length(&window_[at], &window_[candidate]) >= length && visit(at - candidate)) {
      return;
    }
  }
}

std::optional<unsigned> Matcher::rank_of(unsigned distance, unsigned length) const {
  std::optional<unsigned> rank;
  unsigned count = 0;
  visit_matches(length, [&](unsigned found) {
    if (found == distance) {
      rank = count;
    }
    ++count;
    return found >= distance;
  });
  return rank;
}

unsigned Matcher::distance_of(unsigned rank, unsigned length) const {
  unsigned distance = 0;
  visit_matches(length, [&](unsigned found) {
    distance = rank == 0 ? found : 0;
    return rank-- == 0;
  });
  return distance;
}

// Moves the upper half of the window down, and every remembered position with it.
void Matcher::slide() {
  std::memcpy(window_.data(), window_.data() + window_size_, window_size_);
  position_ -= window_size_;
  match_start_ -= window_size_;  // may wrap: it is not used then
  const auto move = [this](std::uint16_t& position) {
    position = static_cast<std::uint16_t>(position >= window_size_ ? position - window_size_ : 0);
  };
  std::for_each(head_.begin(), head_.end(), move);
  std::for_each(previous_.begin(), previous_.end(), move);
}

// Called when the lookahead is low. False: the window wants input first.
bool Matcher::refill() {
  const bool gnu = params_.family == DeflateFamily::gnu;
  if (drained_) {
    return true;
  }
  if (position_ >= window_size_ + reach_) {
    slide();
  }
  if (!ended_) {
    return space().empty();
  }
  if (gnu) {
    // gzip reads once more, finds nothing, clears two bytes, and never slides again.
    drained_ = true;
    const std::size_t end = std::size_t{position_} + lookahead_;
    window_[end] = window_[end + 1] = 0;
  }
  return true;
}

inline unsigned Matcher::hash(unsigned position) const {
  const std::uint8_t* const at = &window_[position];
  if (params_.family == DeflateFamily::chromium) {
    // Four bytes, though a match may have three: what lies behind the input does not matter, for
    // whatever is found is compared.
    return (load_le32(at) * 66521 + 66521) >> 16 & hash_mask_;
  }
  const unsigned shift = (hash_bits_ + kMinMatch - 1) / kMinMatch;
  return ((unsigned{at[0]} << 2 * shift) ^ (unsigned{at[1]} << shift) ^ at[2]) & hash_mask_;
}

// Enters a position into its chain, and gives the one that was its head (0: none).
inline unsigned Matcher::insert(unsigned position) {
  std::uint16_t& head = head_[hash(position)];
  const unsigned candidate = head;
  previous_[position & (window_size_ - 1)] = head;
  head = static_cast<std::uint16_t>(position);
  return candidate;
}

// gzip looks for matches in the window's regular part only: behind its end it no longer slides.
inline bool Matcher::reachable(unsigned candidate) const {
  return candidate != 0 && position_ - candidate <= reach_ &&
         (params_.family != DeflateFamily::gnu || position_ <= window_size_ + reach_);
}

// The longest match for position_ in the chain that starts with `candidate`, if it is longer than
// match_length_ (whose meaning is then "in hand"): sets match_start_. The earliest found of equals.
unsigned Matcher::longest_match(unsigned candidate) {
  const bool gnu = params_.family == DeflateFamily::gnu;
  unsigned chain = match_length_ >= good_ ? chain_ >> 2 : chain_;
  unsigned best = match_length_;
  const unsigned nice = gnu ? nice_ : std::min(nice_, lookahead_);
  const unsigned limit = position_ > reach_ ? position_ - reach_ : 0;
  const std::uint8_t* const window = window_.data();
  const std::uint8_t* const scan = window + position_;
  const unsigned mask = window_size_ - 1;
  do {
    const std::uint8_t* const match = window + candidate;
    // The byte that would make it longer is the likeliest to differ.
    if (load_le16(match + best - 1) == load_le16(scan + best - 1)) {
      const unsigned length = match_length(scan, match);
      if (length > best) {
        match_start_ = candidate;
        best = length;
        if (length >= nice) {
          break;
        }
      }
    }
    candidate = previous_[candidate & mask];
  } while (candidate > limit && --chain != 0);
  return std::min(best, lookahead_);
}

Matcher::Step Matcher::peek(Token& token) {
  if (!peeked_) {
    Step step = Step::end;
    switch (mode_) {
      case Mode::greedy:
        step = peek_greedy(foreseen_);
        break;
      case Mode::lazy:
        step = peek_lazy(foreseen_);
        break;
      case Mode::runs:
      case Mode::literals:
        step = peek_run(foreseen_);
        break;
    }
    if (step != Step::token) {
      return step;
    }
    peeked_ = true;
  }
  token = foreseen_;
  return Step::token;
}

Matcher::Step Matcher::peek_greedy(Token& token) {
  if (lookahead_ < low_water_ && !refill()) {
    return Step::starved;
  }
  if (lookahead_ == 0) {
    return Step::end;
  }
  unsigned candidate = 0;
  if (params_.family == DeflateFamily::gnu || lookahead_ >= kMinMatch) {
    candidate = insert(position_);
  }
  token = literal_at(position_);
  if (reachable(candidate)) {
    match_length_ = kMinMatch - 1;  // none in hand
    const unsigned length = longest_match(candidate);
    if (length >= kMinMatch) {
      token = {static_cast<std::uint16_t>(length),
               static_cast<std::uint16_t>(position_ - match_start_)};
    }
  }
  return Step::token;
}

Matcher::Step Matcher::peek_lazy(Token& token) {
  for (;;) {
    if (lookahead_ < low_water_ && !refill()) {
      return Step::starved;
    }
    if (lookahead_ == 0) {
      if (!pending_) {
        return Step::end;
      }
      token = literal_at(position_ - 1);
      return Step::token;
    }
    unsigned candidate = 0;
    if (params_.family == DeflateFamily::gnu || lookahead_ >= kMinMatch) {
      candidate = insert(position_);
    }
    const unsigned held = match_length_;
    const unsigned held_start = match_start_;
    unsigned length = kMinMatch - 1;
    if (held < lazy_ && reachable(candidate)) {
      length = longest_match(candidate);
      const bool far = length == kMinMatch && position_ - match_start_ > kTooFar;
      const bool filtered = params_.strategy == DeflateStrategy::filtered;
      if (length < kMinMatch || far || (filtered && length < kFilteredShortest)) {
        length = kMinMatch - 1;
      }
    }
    match_length_ = length;
    if (held >= kMinMatch && length <= held) {
      token = {static_cast<std::uint16_t>(held),
               static_cast<std::uint16_t>(position_ - 1 - held_start)};
      return Step::token;
    }
    if (pending_) {
      token = literal_at(position_ - 1);
      return Step::token;
    }
    pending_ = true;
    ++position_;
    --lookahead_;
  }
}

Matcher::Step Matcher::peek_run(Token& token) {
  if (lookahead_ < low_water_ && !refill()) {
    return Step::starved;
  }
  if (lookahead_ == 0) {
    return Step::end;
  }
  token = literal_at(position_);
  if (mode_ == Mode::runs && lookahead_ >= kMinMatch && position_ > 0) {
    const unsigned length =
        std::min(match_length(&window_[position_], &window_[position_ - 1]), lookahead_);
    if (length >= kMinMatch) {
      token = {static_cast<std::uint16_t>(length), 1};
    }
  }
  return Step::token;
}

void Matcher::advance(Token token) {
  assert(token.covers() <= available());
  const bool gnu = params_.family == DeflateFamily::gnu;
  const bool looked_ahead = pending_;
  unsigned rest = token.covers();
  // What peek() has entered already: the token's first byte, and with lazy matching the second.
  if (looked_ahead) {
    --rest;  // position_ stands on the token's second byte
    if (lookahead_ == 0) {
      pending_ = false;  // the last literal
      peeked_ = false;
      return;
    }
  }
  if (!looked_ahead || rest > 0) {
    // position_ is inside the token, and entered. Enter what follows.
    const bool enter = mode_ == Mode::lazy || (mode_ == Mode::greedy && token.length <= lazy_);
    const unsigned end = position_ + rest;
    // zlib does not enter the last two bytes of the input; when it has come there with a greedy
    // match, none of that match.
    const unsigned input_end = position_ + lookahead_;
    if (enter && (mode_ == Mode::lazy || gnu || input_end - end >= kMinMatch)) {
      const unsigned stop = gnu ? end : std::min(end, input_end - std::min(input_end, 2U));
      for (unsigned at = position_ + 1; at < stop; ++at) {
        insert(at);
      }
    }
    position_ = end;
    lookahead_ -= rest;
    pending_ = false;
    match_length_ = kMinMatch - 1;
  } else {
    // A literal before the position just examined: that one now waits, with its match.
    ++position_;
    --lookahead_;
  }
  peeked_ = false;
}

}  // namespace kerf::deflate
