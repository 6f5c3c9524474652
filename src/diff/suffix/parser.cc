#include "diff/suffix/parser.h"

#include <algorithm>
#include <limits>

#include "diff/suffix/difference_price.h"

namespace kerf::suffix {

namespace {

using Cost = std::int64_t;

constexpr std::uint32_t no_node = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t literal_run = std::numeric_limits<std::int64_t>::min();

// Alignments followed at one time.
constexpr std::size_t most_alignments = 8;
// While an alignment has this many equal bytes ahead, nothing better is looked for.
constexpr std::size_t long_run = 32;
// Runs from here on are taken in one step when no other alignment is in play.
constexpr std::size_t skip_run = 16;
// A new alignment must promise to be cheaper than the present one within this many bytes.
constexpr std::size_t look_ahead = 24;
// How far back of the place where it was found a new alignment may begin.
constexpr std::size_t history_length = std::size_t{1} << 15;
// Walking back is paid from an allowance that grows with every target byte, so that periodic data,
// where every place looks promising, cannot make it quadratic.
constexpr std::size_t allowance_per_byte = 32;
constexpr std::size_t least_walk = 64;
// Alignments that served for this long are remembered when they are given up, and tried again every
// retry_interval bytes: tables resume after an insertion, and hold few matches long enough to be
// found.
constexpr std::size_t established = 256;
constexpr std::size_t most_remembered = 4;
constexpr std::size_t retry_interval = 32;

// Nodes kept before what is decided moves to the script.
constexpr std::size_t settle_at = 4096;

// A piece of a script under consideration; it ends where its successor starts.
struct Node {
  std::uint32_t previous;
  std::size_t start;
  std::int64_t alignment;  // source position minus target position, or literal_run
};

// A script that ends at the present position in a copy at `alignment` (or in a literal run).
struct Path {
  std::int64_t alignment = literal_run;
  Cost cost = 0;
  std::uint32_t previous = no_node;  // what came before this piece
  std::uint32_t node = no_node;      // this piece, once something has continued it
  std::size_t start = 0;
  std::size_t run_end = 0;  // target position where the equal run ahead ends; <= position: unknown
  DifferenceContext context;
};

// The cheapest path just before a target position.
struct Best {
  Cost cost;
  std::uint32_t node;
};

class Parser {
 public:
  Parser(const Index& index, Bytes to, const CostModel& prices, const Effort& effort)
      : index_(index),
        from_(index.from),
        to_(to),
        prices_(prices),
        effort_(effort),
        bytes_(from_, to_, prices),
        history_(history_length) {
    remembered_.fill(literal_run);
  }

  Script run() {
    while (position_ < to_.size()) {
      note_best();
      if (extend_runs() < long_run) {
        look_for_alignments();
      }
      if (!skip_equal()) {
        step();
      }
    }
    note_best();
    append_chain(history(to_.size()).node, to_.size());
    return std::move(script_);
  }

 private:
  // -- The best path so far
  // -------------------------------------------------------------------------

  std::uint32_t node_of(Path& path) {
    if (path.node == no_node) {
      path.node = static_cast<std::uint32_t>(nodes_.size());
      nodes_.push_back({path.previous, path.start, path.alignment});
    }
    return path.node;
  }

  Best& history(std::size_t position) { return history_[position % history_length]; }
  std::span<Path> copies() { return {paths_.data(), path_count_}; }

  Path* cheapest_copy() {
    const auto found = std::ranges::min_element(copies(), {}, &Path::cost);
    return found == copies().end() ? nullptr : &*found;
  }

  // Writes the cheapest path at the present position into the history, and lets the literal run
  // start anew from it where that is cheaper.
  void note_best() {
    Path* copy = cheapest_copy();
    if (copy != nullptr && copy->cost <= literal_.cost) {
      literal_ = Path{};
      literal_.cost = copy->cost;
      literal_.previous = node_of(*copy);
      literal_.start = position_;
      history(position_) = {copy->cost, literal_.previous};
    } else if (position_ == 0) {
      history(position_) = {0, no_node};
    } else {
      history(position_) = {literal_.cost, node_of(literal_)};
    }
  }

  // -- Alignments
  // -----------------------------------------------------------------------------------

  // The cheapest way to be in `alignment` at the present position by starting a new copy, here or
  // earlier.
  Path open(std::int64_t alignment) {
    Path path;
    path.alignment = alignment;
    path.cost = history(position_).cost + prices_.piece;
    path.previous = history(position_).node;
    path.start = position_;
    const auto state_after = [&](std::size_t position) {
      return bytes_.inside(position, alignment) && bytes_.difference(position, alignment) != 0
                 ? DifferenceContext::Last::different
                 : DifferenceContext::Last::equal;
    };
    Cost bytes = 0;
    DifferenceContext context;
    const std::size_t walk = std::max(least_walk, walk_allowance_);
    const std::size_t floor = std::max(earliest_, position_ - std::min(position_, walk));
    std::size_t reached = position_;
    for (std::size_t i = position_; i > floor;) {
      reached = --i;
      if (!bytes_.inside(i, alignment)) {
        break;
      }
      context.last = i > floor ? state_after(i - 1) : DifferenceContext::Last::equal;
      bytes += bytes_.price(i, alignment, context);
      const Cost cost = history(i).cost + prices_.piece + bytes;
      if (cost < path.cost) {
        path.cost = cost;
        path.previous = history(i).node;
        path.start = i;
      } else if (cost > path.cost + prices_.piece) {
        break;
      }
    }
    walk_allowance_ -= std::min(walk_allowance_, position_ - reached);
    path.context.recent = context.recent;
    path.context.last =
        path.start < position_ ? state_after(position_ - 1) : DifferenceContext::Last::equal;
    return path;
  }

  // Brings every alignment's run up to date and drops those that could be opened anew for less.
  // Returns the longest run ahead.
  std::size_t extend_runs() {
    std::size_t longest = 0;
    const Cost best = history(position_).cost;
    for (std::size_t i = 0; i < path_count_;) {
      Path& path = paths_[i];
      if (!bytes_.inside(position_, path.alignment) || path.cost > best + prices_.piece) {
        remember(path);
        paths_[i] = paths_[--path_count_];
        continue;
      }
      if (path.run_end <= position_) {
        path.run_end = position_ + run_at(path.alignment);
      }
      longest = std::max(longest, path.run_end - position_);
      ++i;
    }
    return longest;
  }

  std::size_t run_at(std::int64_t alignment) const {
    const Bytes source = from_.subspan(DifferencePrice::source_position(position_, alignment));
    return common_prefix(source, to_.subspan(position_));
  }

  void remember(const Path& path) {
    if (position_ - path.start < established) {
      return;
    }
    // To the front; what was there before moves back, up to its own old place.
    auto old = std::ranges::find(remembered_, path.alignment);
    if (old == remembered_.end()) {
      --old;
    }
    std::move_backward(remembered_.begin(), old, old + 1);
    remembered_.front() = path.alignment;
  }

  void look_for_alignments() {
    present_outlook_ = 0;
    if (position_ % effort_.stride == 0) {
      const Bytes ahead = to_.subspan(position_);
      if (ahead.size() >= SeedFilter::seed_length && index_.seeds.may_contain(ahead.data())) {
        const Matches matches = index_.suffixes.search(ahead, SeedFilter::seed_length);
        for (std::size_t i = 0; i < std::min(matches.count, effort_.matches); ++i) {
          consider(static_cast<std::int64_t>(matches.found[i].from) -
                   static_cast<std::int64_t>(position_));
        }
      }
    }
    if (position_ % retry_interval == 0) {
      for (const std::int64_t alignment : remembered_) {
        if (alignment != literal_run && bytes_.inside(position_, alignment)) {
          consider(alignment);
        }
      }
    }
  }

  // The price of the next look_ahead bytes at `alignment`; stops once it passes `most`.
  Cost outlook(std::int64_t alignment, DifferenceContext context, Cost most) const {
    Cost sum = 0;
    const std::size_t end = std::min(to_.size(), position_ + look_ahead);
    for (std::size_t i = position_; i < end && sum <= most; ++i) {
      sum += alignment == literal_run || !bytes_.inside(i, alignment)
                 ? prices_.literal[to_[i]]
                 : bytes_.price(i, alignment, context);
    }
    return sum;
  }

  // What the paths at hand will have cost look_ahead bytes from here, above the present best.
  Cost present_outlook() {
    Cost present = outlook(literal_run, {}, std::numeric_limits<Cost>::max());
    if (const Path* copy = cheapest_copy()) {
      const Cost lead = copy->cost - history(position_).cost;
      present = std::min(present, lead + outlook(copy->alignment, copy->context, present));
    }
    return present;
  }

  // Takes `alignment` up if that promises to be cheaper soon.
  void consider(std::int64_t alignment) {
    if (std::ranges::find(copies(), alignment, &Path::alignment) != copies().end()) {
      return;
    }
    if (present_outlook_ == 0) {
      present_outlook_ = present_outlook();
    }
    const Cost ahead = outlook(alignment, {}, present_outlook_);
    if (ahead >= present_outlook_) {
      return;
    }
    Path path = open(alignment);
    if (path.cost - history(position_).cost + ahead >= present_outlook_) {
      return;
    }
    path.run_end = position_ + run_at(alignment);
    if (path_count_ < most_alignments) {
      paths_[path_count_++] = path;
    } else {
      *std::ranges::max_element(copies(), {}, &Path::cost) = path;
    }
    present_outlook_ = 0;
  }

  // -- Moving on
  // ------------------------------------------------------------------------------------

  // With a single alignment in play and a long equal run ahead, nothing can happen before its end.
  bool skip_equal() {
    if (path_count_ != 1) {
      return false;
    }
    Path& path = paths_[0];
    if (path.run_end < position_ + skip_run || path.cost > literal_.cost) {
      return false;
    }
    const std::size_t run = path.run_end - position_;
    path.cost += Cost{bytes_.price(position_, path.alignment, path.context)} +
                 static_cast<Cost>(run - 1) * Cost{prices_.difference[0][0]};
    position_ = path.run_end;
    earliest_ = position_;
    literal_.cost = path.cost;  // note_best lets it start anew here
    if (nodes_.size() > settle_at) {
      settle(path);
    }
    return true;
  }

  // With a single path left, what came before its present piece is decided.
  void settle(Path& path) {
    append_chain(path.previous, path.start);
    path.previous = no_node;
    path.node = no_node;
    nodes_.clear();
  }

  void step() {
    for (Path& path : copies()) {
      path.cost += bytes_.price(position_, path.alignment, path.context);
    }
    literal_.cost += prices_.literal[to_[position_]];
    ++position_;
    walk_allowance_ = std::min(walk_allowance_ + allowance_per_byte, history_length - 1);
  }

  // Appends the pieces from the chain's first node to `end` to the script.
  void append_chain(std::uint32_t last, std::size_t end) {
    const auto already = static_cast<std::ptrdiff_t>(script_.size());
    for (std::uint32_t at = last; at != no_node; at = nodes_[at].previous) {
      const Node& node = nodes_[at];
      const std::uint64_t length = end - node.start;
      if (length > 0) {
        if (node.alignment == literal_run) {
          script_.emplace_back(Add{length});
        } else {
          script_.emplace_back(
              Copy{DifferencePrice::source_position(node.start, node.alignment), length});
        }
      }
      end = node.start;
    }
    std::reverse(script_.begin() + already, script_.end());
  }

  const Index& index_;
  Bytes from_;
  Bytes to_;
  const CostModel& prices_;
  Effort effort_;
  DifferencePrice bytes_;
  std::size_t position_ = 0;
  std::size_t earliest_ = 0;  // no copy may start before: the history has a hole there
  std::array<Path, most_alignments> paths_{};
  std::size_t path_count_ = 0;
  Path literal_;
  std::array<std::int64_t, most_remembered> remembered_{};  // the latest first
  std::size_t walk_allowance_ = history_length - 1;
  Cost present_outlook_ = 0;  // 0: not known at this position
  std::vector<Best> history_;
  std::vector<Node> nodes_;
  Script script_;  // what is decided
};

}  // namespace

Script parse(const Index& index, Bytes to, const CostModel& prices, const Effort& effort) {
  return Parser(index, to, prices, effort).run();
}

}  // namespace kerf::suffix
