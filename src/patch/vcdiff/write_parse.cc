#include "patch/vcdiff/write_parse.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "patch/vcdiff/address_cache.h"
#include "patch/vcdiff/write_candidates.h"

namespace kerf::vcdiff {

namespace {

using Cost = std::uint32_t;  // bytes

constexpr Cost unreached = std::numeric_limits<Cost>::max();
// The window is parsed in stretches of this size; of each, the last instructions are left to the
// next one, which knows what follows them.
constexpr std::size_t stretch = 8192;
constexpr std::size_t slack = 512;
// Matches from here on are taken as soon as they are met: no shorter one can do better.
constexpr std::size_t long_match = 192;
// Of a match, all lengths up to this are tried, and the whole.
constexpr std::size_t most_tried = 24;
constexpr std::size_t shortest_run = 4;
// Adds up to this length are in pairs of the code table.
constexpr std::size_t longest_paired_add = 4;
constexpr std::size_t longest_paired_copy = 6;

// number_size by bit width: the parse asks for nothing more often.
constexpr auto sizes = [] {
  std::array<std::uint8_t, 65> table{};
  for (std::size_t width = 0; width < table.size(); ++width) {
    table[width] = static_cast<std::uint8_t>(std::max<std::size_t>(1, (width + 6) / 7));
  }
  return table;
}();

Cost size_of(std::uint64_t value) {
  return sizes[static_cast<std::size_t>(std::bit_width(value))];
}

Cost add_code_cost(std::size_t length) {
  constexpr std::size_t longest_coded = 17;
  return length == 0 ? 0 : length <= longest_coded ? 1 : 1 + size_of(length);
}

// The cheapest known script up to a position, which ends in a copy or run there.
struct State {
  Cost cost = unreached;
  std::uint32_t previous = 0;  // position of the state before
  std::uint32_t added = 0;     // bytes of the add between them
  Type type = Type::copy;
  bool from_source = false;
  bool open_pair = false;  // a copy of 4 that an add of 1 could join
  std::uint8_t next_near = 0;
  std::uint64_t address = 0;  // of the copy, as the format counts
  std::array<std::uint64_t, near_slots> near{};
};

class Parser {
 public:
  Parser(Bytes from, Bytes window, std::span<const Resemblance> resemblances)
      : window_(window),
        candidates_(from, window, resemblances),
        segment_(candidates_.segment()),
        states_(stretch + 1) {}

  std::vector<Instruction> run() {
    while (base_ < window_.size()) {
      parse_stretch();
    }
    return std::move(instructions_);
  }

 private:
  void parse_stretch() {
    const std::size_t length = std::min(stretch, window_.size() - base_);
    std::fill_n(states_.begin(), length + 1, State{});
    states_[0] = start_;
    add_start_ = 0;
    carried_add_ = !instructions_.empty() && instructions_.back().type == Type::add
                       ? static_cast<std::size_t>(instructions_.back().length)
                       : 0;
    // The stretch may start before the end of the one before it.
    run_end_ = 0;
    candidates_.step_back();
    for (std::size_t i = 0; i < length; ++i) {
      note_add(i);
      position_ = base_ + i;
      if (find_matches()) {
        take_long_match(i);
        return;
      }
      relax_all(i, length);
    }
    finish_stretch(length);
  }

  // Bytes of an add of `added` bytes from stretch position `start`: code, size and data. An add
  // before the stretch goes on and has paid for its code.
  Cost add_bytes(std::size_t start, std::size_t added) const {
    const std::size_t carried = start == 0 ? carried_add_ : 0;
    return add_code_cost(carried + added) - add_code_cost(carried) + static_cast<Cost>(added);
  }

  // Lets the add that may reach `i` start there, where that is cheaper.
  void note_add(std::size_t i) {
    const Cost cost = states_[i].cost;
    if (cost != unreached && (i == 0 || cost + 1 <= add_cost(i))) {
      add_start_ = i;
    }
  }

  Cost add_cost(std::size_t i) const {
    return states_[add_start_].cost + add_bytes(add_start_, i - add_start_);
  }

  void finish_stretch(std::size_t length) {
    const bool at_end = base_ + length == window_.size();
    note_add(length);
    // What ends in an add is an instruction like the others.
    std::vector<Instruction> found;
    std::size_t state = length;
    if (states_[length].cost > add_cost(length)) {
      found.push_back({Type::add, false, 0, length - add_start_});
      state = add_start_;
    }
    backtrack(state, found);
    std::size_t kept = 0;
    std::size_t end = 0;
    const std::size_t last_start = at_end ? length : length - slack;
    while (kept < found.size() && end < last_start) {
      end += static_cast<std::size_t>(found[kept].length);
      ++kept;
    }
    for (std::size_t i = 0; i < kept; ++i) {
      commit(found[i]);
    }
  }

  // Puts the instructions that lead to `state` in front of `found`, in order.
  void backtrack(std::size_t state, std::vector<Instruction>& found) const {
    while (state > 0) {
      const State& at = states_[state];
      const std::size_t length = state - at.previous - at.added;
      found.push_back({at.type, at.from_source,
                       at.type == Type::copy ? origin(at.address, at.from_source) : 0, length});
      if (at.added > 0) {
        found.push_back({Type::add, false, 0, at.added});
      }
      state = at.previous;
    }
    std::ranges::reverse(found);
  }

  std::uint64_t origin(std::uint64_t address, bool from_source) const {
    return from_source ? address + segment_.offset : address - segment_.length;
  }

  // Moves `instruction` to the result and the address cache along.
  void commit(Instruction instruction) {
    if (!instructions_.empty()) {
      Instruction& last = instructions_.back();
      const bool goes_on = last.type == instruction.type && last.type == Type::copy &&
                           last.from_source == instruction.from_source &&
                           last.from + last.length == instruction.from;
      if (goes_on || (last.type == Type::add && instruction.type == Type::add)) {
        last.length += instruction.length;
        base_ += static_cast<std::size_t>(instruction.length);
        return;
      }
    }
    if (instruction.type == Type::copy) {
      const std::uint64_t address = instruction.from_source ? instruction.from - segment_.offset
                                                            : instruction.from + segment_.length;
      cache_.update(address);
      start_.near[start_.next_near] = address;
      start_.next_near = static_cast<std::uint8_t>((start_.next_near + 1) % near_slots);
      candidates_.note_copy(base_, address);
    }
    base_ += static_cast<std::size_t>(instruction.length);
    instructions_.push_back(instruction);
  }

  // Collects what equals the bytes at the present position. True if one is a long match, which is
  // then the first.
  bool find_matches() {
    matches_ = candidates_.find(position_);
    const auto longest = std::ranges::max_element(matches_, {}, &Match::length);
    if (longest == matches_.end() || longest->length < long_match) {
      return false;
    }
    std::swap(*longest, matches_.front());
    return true;
  }

  // Bytes of the address, and whether that takes a SAME mode.
  struct AddressCost {
    Cost any;
    Cost no_same;
  };

  AddressCost address_cost(const State& state, std::uint64_t address, Cost plain, bool same) const {
    // Past an address the distance wraps, and is longer than any other.
    std::uint64_t distance = std::numeric_limits<std::uint64_t>::max();
    for (const std::uint64_t near : state.near) {
      distance = std::min(distance, address - near);
    }
    const Cost best = std::min(plain, size_of(distance));
    return {same ? 1 : best, best};
  }

  static Cost copy_code_cost(std::size_t length) {
    constexpr std::size_t longest_coded = 18;
    return length <= longest_coded ? 1 : 1 + size_of(length);
  }

  // A way to be at the present position, ready for a copy or run.
  struct Approach {
    std::uint32_t state = 0;
    std::uint32_t added = 0;
    Cost cost = unreached;
    bool pairs = false;  // the add can share its code with the copy
  };

  // Those that end in a copy here, in a short add, and in a long one.
  void find_approaches(std::size_t i) {
    approach_count_ = 0;
    for (std::size_t added = 0; added <= std::min(i, longest_paired_add); ++added) {
      const State& state = states_[i - added];
      if (state.cost == unreached) {
        continue;
      }
      const bool joined = added == 1 && state.open_pair;
      const bool carried = i == added && carried_add_ > 0;
      approaches_[approach_count_++] = {
          static_cast<std::uint32_t>(i - added), static_cast<std::uint32_t>(added),
          state.cost + add_bytes(i - added, added) - (joined ? 1U : 0U),
          added > 0 && !joined && !carried};
    }
    if (i - add_start_ > longest_paired_add) {
      approaches_[approach_count_++] = {static_cast<std::uint32_t>(add_start_),
                                        static_cast<std::uint32_t>(i - add_start_), add_cost(i),
                                        false};
    }
  }

  // The best approach for a kind of match, and what it costs with the address.
  struct Best {
    const Approach* approach = nullptr;
    Cost cost = unreached;
  };

  void relax_all(std::size_t i, std::size_t length) {
    const std::size_t run = run_length();
    if (matches_.empty() && run < shortest_run) {
      return;
    }
    find_approaches(i);
    for (const Match& match : matches_) {
      relax(match, i, length);
    }
    if (run >= shortest_run) {
      relax_run(run, i, length);
    }
  }

  void relax(const Match& match, std::size_t i, std::size_t length) {
    const std::uint64_t here = segment_.length + position_;
    const Cost plain = std::min(size_of(match.address), size_of(here - match.address));
    const bool same =
        cache_.same(static_cast<std::size_t>(match.address % AddressCache::same_size)) ==
        match.address;
    Best single;
    Best paired;          // with a copy of up to 6 in any but the SAME modes
    Best paired_at_four;  // with a copy of 4, in any mode
    for (std::size_t k = 0; k < approach_count_; ++k) {
      const Approach& approach = approaches_[k];
      // An address takes a byte at least.
      if (approach.cost + 1 >= single.cost && (!approach.pairs || approach.cost >= paired.cost)) {
        continue;
      }
      const AddressCost cost = address_cost(states_[approach.state], match.address, plain, same);
      const auto improve = [&](Best& best, Cost with) {
        if (with < best.cost) {
          best = {&approach, with};
        }
      };
      improve(single, approach.cost + cost.any);
      if (approach.pairs) {
        improve(paired, approach.cost + cost.no_same - 1);
        improve(paired_at_four, approach.cost + cost.any - 1);
      }
    }
    const std::size_t most = std::min(match.length, length - i);
    const auto reach = [&](std::size_t copied) {
      const Best* best = &single;
      if (copied == shortest_copy && paired_at_four.cost < best->cost) {
        best = &paired_at_four;
      } else if (copied > shortest_copy && copied <= longest_paired_copy &&
                 paired.cost < best->cost) {
        best = &paired;
      }
      const Cost cost = best->cost + copy_code_cost(copied);
      State& state = states_[i + copied];
      if (cost < state.cost) {
        set_copy(state, *best->approach, match, cost);
        state.open_pair = copied == 4 && best == &single;
      }
    };
    for (std::size_t copied = shortest_copy; copied <= std::min(most, most_tried); ++copied) {
      reach(copied);
    }
    if (most > most_tried) {
      reach(most);
    }
  }

  void set_copy(State& state, const Approach& approach, const Match& match, Cost cost) {
    const State& before = states_[approach.state];
    state.cost = cost;
    state.previous = approach.state;
    state.added = approach.added;
    state.type = Type::copy;
    state.from_source = match.from_source;
    state.address = match.address;
    state.near = before.near;
    state.near[before.next_near] = match.address;
    state.next_near = static_cast<std::uint8_t>((before.next_near + 1) % near_slots);
  }

  const Approach& cheapest_approach() const {
    return *std::min_element(approaches_.data(), approaches_.data() + approach_count_,
                             [](const Approach& a, const Approach& b) { return a.cost < b.cost; });
  }

  std::size_t run_length() {
    if (run_end_ <= position_) {
      run_end_ = position_ + 1;
      while (run_end_ < window_.size() && window_[run_end_] == window_[position_]) {
        ++run_end_;
      }
    }
    return run_end_ - position_;
  }

  void relax_run(std::size_t run, std::size_t i, std::size_t length) {
    const Approach& approach = cheapest_approach();
    const std::size_t most = std::min(run, length - i);
    if (most < shortest_run) {
      return;
    }
    const Cost cost = approach.cost + 1 + size_of(most) + 1;
    State& state = states_[i + most];
    if (cost < state.cost) {
      const State& before = states_[approach.state];
      state.near = before.near;
      state.next_near = before.next_near;
      state.cost = cost;
      state.previous = approach.state;
      state.added = approach.added;
      state.type = Type::run;
      state.from_source = false;
      state.open_pair = false;
      state.address = 0;
    }
  }

  // Decides all up to stretch position `i` and takes the match that is first in matches_.
  void take_long_match(std::size_t i) {
    const Match match = matches_.front();
    find_approaches(i);
    const Approach& approach = cheapest_approach();
    std::vector<Instruction> found;
    if (approach.added > 0) {
      found.push_back({Type::add, false, 0, approach.added});
    }
    backtrack(approach.state, found);
    for (const Instruction& instruction : found) {
      commit(instruction);
    }
    commit({Type::copy, match.from_source, origin(match.address, match.from_source), match.length});
  }

  Bytes window_;
  Candidates candidates_;
  Extent segment_;            // of the source
  std::span<Match> matches_;  // at the present position
  std::size_t run_end_ = 0;   // of equal bytes

  std::size_t base_ = 0;      // everything before is decided
  std::size_t position_ = 0;  // looked at
  State start_{.cost = 0};    // at base_
  AddressCache cache_;        // likewise
  std::size_t add_start_ = 0;
  std::size_t carried_add_ = 0;  // bytes of the add that ends at base_
  std::vector<State> states_;
  std::array<Approach, longest_paired_add + 2> approaches_{};
  std::size_t approach_count_ = 0;
  std::vector<Instruction> instructions_;
};

}  // namespace

std::vector<Instruction> parse_window(Bytes from, Bytes window,
                                      std::span<const Resemblance> resemblances) {
  return Parser(from, window, resemblances).run();
}

}  // namespace kerf::vcdiff
