#include "patch/sliver/write_tiny_parse.h"

#include <algorithm>
#include <array>
#include <limits>

namespace kerf::sliver::tiny {

namespace {

constexpr std::uint32_t none = 0xFFFFFFFF;
constexpr unsigned hash_bits = 16;
constexpr unsigned old_width = 4;
constexpr unsigned new_width = 3;
constexpr unsigned most_steps = 96;        // along a chain
constexpr std::uint32_t all_lengths = 48;  // of a match are tried up to here
constexpr std::uint32_t long_cover = 96;   // never replaced

std::uint32_t hash(const std::uint8_t* at, unsigned width) {
  std::uint32_t value = at[0] | std::uint32_t{at[1]} << 8 | std::uint32_t{at[2]} << 16;
  if (width == 4) {
    value |= std::uint32_t{at[3]} << 24;
  }
  return value * 0x9E3779B1U >> (32 - hash_bits);
}

// Prices of all numbers of one model, by slot.
class NumberPrices {
 public:
  template <class Number>
  explicit NumberPrices(const Number& model) : finer_(Number::finer) {
    PriceCoder coder;
    mcu::Symbols<PriceCoder> symbols(coder);
    Number copy = model;
    for (std::uint32_t bits = 0; bits < 31; ++bits) {
      for (std::uint32_t second = 0; second < 2; ++second) {
        const std::uint32_t value = 1U << bits | (bits > 0 ? second << (bits - 1) : 0);
        coder.price = 0;
        symbols.number(copy, bits == 0 && second == 0 ? 0 : value);
        const std::uint32_t slot =
            mcu::Symbols<PriceCoder>::slot_of(bits == 0 && second == 0 ? 0 : value, finer_);
        prices_[slot] = static_cast<std::uint32_t>(coder.price);
      }
    }
  }
  std::uint32_t of(std::uint32_t value) const {
    return prices_[mcu::Symbols<PriceCoder>::slot_of(value, finer_)];
  }

 private:
  unsigned finer_;
  std::array<std::uint32_t, 64> prices_{};
};

struct Node {
  std::uint64_t price = std::numeric_limits<std::uint64_t>::max();
  Operation how;  // got here
  std::uint32_t old_next = 0;
  std::uint32_t old_shift = 0;
  std::uint32_t new_distance = 1;
  std::uint8_t context = 0;
};

class Parser {
 public:
  Parser(const Files& files, const Matches& matches, std::span<const Cover> covers,
         std::span<const std::uint32_t> costs, const Machine& prices)
      : files_(files),
        matches_(matches),
        covers_(covers),
        costs_(costs),
        models_(prices.models),
        match_length_{NumberPrices(models_.match_length[0]), NumberPrices(models_.match_length[1])},
        old_distance_(models_.old_distance),
        new_distance_(models_.new_distance) {}

  std::vector<Operation> run(std::uint32_t begin, std::uint32_t end) {
    // Long covers stand; between them everything is open.
    Node start;
    std::uint32_t at = begin;
    auto next = static_cast<std::size_t>(
        std::ranges::partition_point(
            covers_, [begin](const Cover& cover) { return cover.to + cover.length <= begin; }) -
        covers_.begin());
    std::size_t first = next;
    for (; next <= covers_.size(); ++next) {
      const bool last = next == covers_.size() || covers_[next].to >= end;
      if (!last && covers_[next].length < long_cover) {
        continue;
      }
      const std::uint32_t stop = last ? end : std::max(begin, covers_[next].to);
      start = stretch(at, stop, start, first, next);
      if (last) {
        break;
      }
      const Operation cover = clipped(covers_[next], begin, end);
      made_.push_back(cover);
      start.old_next = cover.from + cover.length;
      start.context = 0;
      at = cover.to + cover.length;
      first = next + 1;
    }
    return std::move(made_);
  }

 private:
  static Operation clipped(const Cover& cover, std::uint32_t begin, std::uint32_t end) {
    const std::uint32_t skip = cover.to < begin ? begin - cover.to : 0;
    const std::uint32_t length = std::min(cover.length - skip, end - (cover.to + skip));
    return {mcu::Op::cover, false, cover.from + skip, cover.to + skip, length};
  }

  // The cheapest way through [at, stop), where covers [first, last) may help. Returns where it
  // ends.
  Node stretch(std::uint32_t at, std::uint32_t stop, const Node& start, std::size_t first,
               std::size_t last) {
    if (at == stop) {
      return start;
    }
    nodes_.assign(stop - at + 1, Node{});
    nodes_[0] = start;
    nodes_[0].price = 0;
    begin_ = at;
    for (std::uint32_t i = at; i < stop; ++i) {
      literal(i);
      copies(i, stop);
      while (first < last && covers_[first].to + covers_[first].length <= i) {
        ++first;
      }
      if (first < last && covers_[first].to <= i && costs_[first] != none) {
        const Operation whole = clipped(covers_[first], i, stop);
        // A part of a cover costs about its share.
        const std::uint64_t price =
            costs_[first] == 0 ? 4096 + 24 * std::uint64_t{whole.length}
                               : (i == covers_[first].to ? costs_[first] : costs_[first] + 1024);
        if (i == covers_[first].to || i == at) {
          offer(i, whole, price, 0);
        }
      }
    }
    const std::size_t kept = made_.size();
    for (std::uint32_t i = stop; i > at; i = nodes_[i - at].how.to) {
      made_.push_back(nodes_[i - at].how);
    }
    std::reverse(made_.begin() + static_cast<std::ptrdiff_t>(kept), made_.end());
    return nodes_[stop - at];
  }

  std::uint32_t flag(const mcu::Bit& model, bool value) const {
    PriceCoder coder;
    coder.bit(value, model.p());
    return static_cast<std::uint32_t>(coder.price);
  }

  void offer(std::uint32_t at, const Operation& how, std::uint64_t price, unsigned context) {
    const Node& here = nodes_[at - begin_];
    Node& there = nodes_[at - begin_ + how.length];
    if (here.price + price >= there.price) {
      return;
    }
    Node made = here;
    made.price = here.price + price;
    made.how = how;
    made.context = static_cast<std::uint8_t>(context);
    if (how.op == mcu::Op::cover || (how.from_old && how.length >= mcu::long_match)) {
      made.old_next = how.from + how.length;
    }
    if (how.op == mcu::Op::match) {
      (how.from_old ? made.old_shift : made.new_distance) =
          how.from_old ? how.from - how.to : how.from;
    }
    there = made;
  }

  void literal(std::uint32_t at) {
    const Node& here = nodes_[at - begin_];
    mcu::Cursor cursor{};
    cursor.context = here.context;
    cursor.last_byte = at > 0 ? files_.to[at - 1] : 0;
    PriceCoder coder;
    mcu::Stream<PriceCoder> stream(models_, cursor, coder);
    stream.op(mcu::Op::literal);
    stream.literal(files_.to[at]);
    cursor.after_literal();
    offer(at, {mcu::Op::literal, false, 0, at, 1}, coder.price, cursor.context);
  }

  void copies(std::uint32_t at, std::uint32_t stop) {
    const Node here = nodes_[at - begin_];
    const std::uint32_t limit = stop - at;
    if (limit < 2) {
      return;
    }
    const std::uint32_t op =
        flag(models_.is_match[here.context], true) + flag(models_.is_cover[here.context], false);
    const mcu::Bit& from_old = models_.from_old[here.context < 3 ? here.context : 3];
    // Repeats.
    const std::uint32_t repeat_old = at + here.old_shift;
    if (repeat_old < files_.from.size()) {
      const auto length = static_cast<std::uint32_t>(
          common_prefix(files_.from.subspan(repeat_old), files_.to.subspan(at, limit)));
      offer_lengths(at, true, repeat_old, length,
                    op + flag(from_old, true) + flag(models_.match_repeats[0], true));
    }
    if (here.new_distance <= at) {
      offer_lengths(at, false, here.new_distance, same(at, here.new_distance, limit),
                    op + flag(from_old, false) + flag(models_.match_repeats[1], true));
    }
    found_.clear();
    matches_.find_old(at, limit, here.old_next, found_);
    const std::uint32_t old_op = op + flag(from_old, true) + flag(models_.match_repeats[0], false);
    for (const auto& match : found_) {
      const std::uint32_t forward = match.from - here.old_next;
      const bool back = forward >> 31 != 0;
      const std::uint32_t distance = back ? 0 - forward - 1 : forward;
      offer_lengths(at, true, match.from, match.length,
                    old_op + flag(models_.backward[1], back) + old_distance_.of(distance));
    }
    found_.clear();
    matches_.find_new(at, limit, found_);
    const std::uint32_t new_op = op + flag(from_old, false) + flag(models_.match_repeats[1], false);
    for (const auto& match : found_) {
      offer_lengths(at, false, match.from, match.length, new_op + new_distance_.of(match.from - 1));
    }
  }

  std::uint32_t same(std::uint32_t at, std::uint32_t distance, std::uint32_t limit) const {
    std::uint32_t length = 0;
    while (length < limit && files_.to[at + length] == files_.to[at + length - distance]) {
      ++length;
    }
    return length;
  }

  void offer_lengths(std::uint32_t at, bool from_old, std::uint32_t from, std::uint32_t length,
                     std::uint64_t price) {
    for (std::uint32_t i = 2; i <= length; i = i < all_lengths || i == length ? i + 1 : length) {
      offer(at, {mcu::Op::match, from_old, from, at, i},
            price + match_length_[from_old ? 1 : 0].of(i - 2), 1);
    }
  }

  const Files& files_;
  const Matches& matches_;
  std::span<const Cover> covers_;
  std::span<const std::uint32_t> costs_;
  mcu::Models models_;
  NumberPrices match_length_[2];
  NumberPrices old_distance_;
  NumberPrices new_distance_;
  std::vector<Node> nodes_;
  std::vector<Matches::Match> found_;
  std::vector<Operation> made_;
  std::uint32_t begin_ = 0;
};

}  // namespace

Matches::Chain Matches::build(Bytes file, unsigned width) {
  Chain chain;
  chain.heads.assign(std::size_t{1} << hash_bits, none);
  chain.previous.assign(file.size(), none);
  for (std::size_t i = 0; i + width <= file.size(); ++i) {
    std::uint32_t& head = chain.heads[hash(file.data() + i, width)];
    chain.previous[i] = head;
    head = static_cast<std::uint32_t>(i);
  }
  return chain;
}

Matches::Matches(Bytes from, Bytes to)
    : from_(from), to_(to), old_(build(from, old_width)), new_(build(to, new_width)) {}

void Matches::find_old(std::uint32_t at, std::uint32_t limit, std::uint32_t near,
                       std::vector<Match>& found) const {
  if (limit < old_width || to_.size() - at < old_width) {
    return;
  }
  const Bytes fresh = to_.subspan(at, limit);
  const auto distance = [near](std::uint32_t from) {
    return from < near ? near - from : from - near;
  };
  std::uint32_t position = old_.heads[hash(fresh.data(), old_width)];
  for (unsigned step = 0; position != none && step < most_steps; ++step) {
    const auto length = static_cast<std::uint32_t>(common_prefix(from_.subspan(position), fresh));
    if (length >= old_width) {
      // Nothing that is both shorter and farther than another.
      const bool beaten = std::ranges::any_of(found, [&](const Match& other) {
        return other.length >= length && distance(other.from) <= distance(position);
      });
      if (!beaten) {
        std::erase_if(found, [&](const Match& other) {
          return other.length <= length && distance(other.from) >= distance(position);
        });
        found.push_back({position, length});
      }
    }
    position = old_.previous[position];
  }
}

void Matches::find_new(std::uint32_t at, std::uint32_t limit, std::vector<Match>& found) const {
  if (limit < new_width || to_.size() - at < new_width) {
    return;
  }
  std::uint32_t longest = new_width - 1;
  std::uint32_t position = new_.previous[at];
  for (unsigned step = 0; position != none && step < most_steps; ++step) {
    std::uint32_t length = 0;
    while (length < limit && to_[position + length] == to_[at + length]) {
      ++length;
    }
    if (length > longest) {
      found.push_back({at - position, length});
      longest = length;
    }
    position = new_.previous[position];
  }
}

std::vector<Operation> parse(const Files& files, const Matches& matches,
                             std::span<const Cover> covers, std::span<const std::uint32_t> costs,
                             const Machine& prices, std::uint32_t begin, std::uint32_t end) {
  return Parser(files, matches, covers, costs, prices).run(begin, end);
}

}  // namespace kerf::sliver::tiny
