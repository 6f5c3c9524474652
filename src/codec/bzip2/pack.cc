#include "codec/bzip2/pack.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <optional>
#include <span>

#include "base/threads.h"
#include "codec/bzip2/bzip2.h"
#include "codec/bzip2/join.h"

namespace kerf {

namespace {

// The shortest block worth its Huffman tables.
constexpr std::size_t thorough_unit = std::size_t{64} << 10;
// Below, a second encoder's memory counts more than the fraction of a second that it saves.
constexpr std::size_t threaded_size = std::size_t{4} << 20;
constexpr std::size_t quick_unit = std::size_t{512} << 10;

// Bytes of a block of `level`, after run-length coding: libbz2 keeps 19 back.
constexpr std::size_t block_capacity(int level) {
  return static_cast<std::size_t>(level) * 100'000 - 19;
}

// The lowest level whose blocks hold that much.
int level_for(std::size_t coded_size) {
  int level = 1;
  while (block_capacity(level) < coded_size) {
    ++level;
  }
  return level;
}

// What run-length coding, bzip2's first step, makes of `plain`: a run of 4 to 255 equal bytes
// becomes five bytes.
std::size_t run_length_coded_size(Bytes plain) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < plain.size();) {
    std::size_t end = i + 1;
    while (end < plain.size() && end - i < 255 && plain[end] == plain[i]) {
      ++end;
    }
    const std::size_t run = end - i;
    size += run < 4 ? run : 5;
    i = end;
  }
  return size;
}

// A stretch of the input that becomes one block.
struct Unit {
  std::size_t start = 0;
  std::size_t length = 0;
  std::size_t coded_size = 0;  // after run-length coding
  std::vector<std::uint8_t> stream;
};

class Packer {
 public:
  Packer(Bytes plain, const Bzip2PackOptions& options)
      : plain_(plain), options_(options), capacity_(block_capacity(options.max_level)) {}

  Result<std::vector<std::uint8_t>> run() {
    std::vector<Unit> units = cut();
    TRY(compress(units));
    // What hardly shrinks has nothing to gain from longer blocks.
    if (packed_size(units) < plain_.size() / 10 * 9) {
      // The first joint of a quick pack tries long blocks at once, which costs one pass instead of
      // three.
      std::size_t group = options_.thorough ? 2 : 8;
      for (std::size_t before = 0; units.size() > 1 && units.size() != before; group = 2) {
        before = units.size();
        TRY(join_neighbours(units, group));
      }
    }
    int level = 1;
    for (const Unit& unit : units) {
      level = std::max(level, level_for(unit.coded_size));
    }
    Bzip2Joiner joiner(level);
    for (const Unit& unit : units) {
      TRY(joiner.append(unit.stream));
    }
    return std::move(joiner).finish();
  }

 private:
  // Units that surely fit a block each: run-length coding adds a quarter at the worst.
  std::vector<Unit> cut() const {
    const std::size_t wanted = options_.thorough ? thorough_unit : quick_unit;
    const std::size_t length = std::min(wanted, capacity_ / 5 * 4);
    std::vector<Unit> units;
    for (std::size_t start = 0; start < plain_.size(); start += length) {
      units.push_back({start, std::min(length, plain_.size() - start), 0, {}});
    }
    return units;
  }

  Status compress_one(Unit& unit) const {
    const Bytes plain = plain_.subspan(unit.start, unit.length);
    unit.coded_size = run_length_coded_size(plain);
    MemorySink sink(unit.length * 2 + 1024);  // bzip2 adds one per cent at the worst
    // A block's content does not depend on the level; the encoder's memory does.
    Bzip2Writer writer(sink, level_for(unit.coded_size));
    TRY(writer.write(plain));
    TRY(writer.finish());
    unit.stream = std::move(sink).take();
    return {};
  }

  // Compresses all units, options_.threads at a time.
  Status compress(std::vector<Unit>& units) const {
    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    std::vector<std::optional<Error>> errors(units.size());
    const auto work = [&] {
      for (std::size_t i = next++; i < units.size() && !failed; i = next++) {
        if (auto done = compress_one(units[i]); !done) {
          errors[i].emplace(std::move(done).error());
          failed = true;
        }
      }
    };
    const unsigned threads = plain_.size() < threaded_size ? 1 : options_.threads;
    run_on_threads(std::min<std::size_t>(threads, units.size()), work);
    for (auto& error : errors) {
      if (error) {
        return std::move(*error);
      }
    }
    return {};
  }

  static std::size_t packed_size(std::span<const Unit> units) {
    std::size_t size = 0;
    for (const Unit& unit : units) {
      size += unit.stream.size();
    }
    return size;
  }

  // Tries every `group` units that follow one another as one block, and keeps what is smaller.
  Status join_neighbours(std::vector<Unit>& units, std::size_t group) const {
    std::vector<Unit> joined;     // the trials
    std::vector<std::size_t> at;  // the first of the units that each would replace
    for (std::size_t i = 0; i < units.size(); i += group) {
      const std::size_t end = std::min(i + group, units.size());
      Unit all{
          units[i].start, units[end - 1].start + units[end - 1].length - units[i].start, 0, {}};
      if (end - i > 1 &&
          run_length_coded_size(plain_.subspan(all.start, all.length)) <= capacity_) {
        joined.push_back(std::move(all));
        at.push_back(i);
      }
    }
    TRY(compress(joined));
    std::vector<Unit> result;
    std::size_t trial = 0;
    for (std::size_t i = 0; i < units.size(); i += group) {
      const std::span<Unit> parts = std::span(units).subspan(i, std::min(group, units.size() - i));
      const bool tried = trial < joined.size() && at[trial] == i;
      if (tried && joined[trial].stream.size() + (parts.size() - 1) * stream_overhead <=
                       packed_size(parts)) {
        result.push_back(std::move(joined[trial]));
      } else {
        std::ranges::move(parts, std::back_inserter(result));
      }
      trial += tried ? 1 : 0;
    }
    units = std::move(result);
    return {};
  }

  // A stream of its own has a header and a footer, of which one pair goes away in the join.
  static constexpr std::size_t stream_overhead = 14;

  Bytes plain_;
  Bzip2PackOptions options_;
  std::size_t capacity_;
};

}  // namespace

Result<std::vector<std::uint8_t>> bzip2_pack(Bytes plain, const Bzip2PackOptions& options) {
  return Packer(plain, options).run();
}

}  // namespace kerf
