#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/threads.h"
#include "diff/engine.h"
#include "diff/suffix/parser.h"

namespace kerf {

namespace suffix {
namespace {

// The target is parsed in stretches of this size, each on its own, so that threads can share the
// work and the script does not depend on how many there are. A copy that goes on is joined again.
constexpr std::size_t stretch_size = std::size_t{4} << 20;

// Small targets can have every byte looked at.
constexpr Effort effort_for(std::size_t target_size) {
  constexpr std::size_t small = std::size_t{1} << 20;
  return target_size <= small ? Effort{1, most_matches} : Effort{3, 2};
}

void append(Script& script, const Script& more) {
  for (const auto& piece : more) {
    if (!script.empty()) {
      if (auto* copy = std::get_if<Copy>(&script.back())) {
        const auto* next = std::get_if<Copy>(&piece);
        if (next != nullptr && next->from == copy->from + copy->length) {
          copy->length += next->length;
          continue;
        }
      } else if (const auto* next = std::get_if<Add>(&piece)) {
        std::get<Add>(script.back()).length += next->length;
        continue;
      }
    }
    script.push_back(piece);
  }
}

// Parses all stretches, `options.threads` at a time.
class Stretches {
 public:
  Stretches(const Index& index, Bytes to, const CostModel& prices, const EngineOptions& options)
      : index_(index),
        to_(to),
        prices_(prices),
        options_(options),
        scripts_((to.size() + stretch_size - 1) / stretch_size) {}

  Result<Script> run() {
    run_on_threads(std::min<std::size_t>(options_.threads, scripts_.size()), [this] { work(); });
    if (stopped_) {
      return std::move(*stopped_);
    }
    Script script;
    for (const Script& part : scripts_) {
      append(script, part);
    }
    return script;
  }

 private:
  void work() {
    for (std::size_t i = next_++; i < scripts_.size() && !stop_; i = next_++) {
      const std::size_t start = i * stretch_size;
      scripts_[i] = parse(index_, to_.subspan(start, std::min(stretch_size, to_.size() - start)),
                          prices_, effort_for(to_.size()));
      const std::lock_guard lock(mutex_);
      ++done_;
      auto told = notify(options_.observer, "match",
                         std::min<std::uint64_t>(done_ * stretch_size, to_.size()), to_.size());
      if (!told && !stopped_) {
        stopped_.emplace(std::move(told).error());
        stop_ = true;
      }
    }
  }

  const Index& index_;
  Bytes to_;
  const CostModel& prices_;
  const EngineOptions& options_;
  std::vector<Script> scripts_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::size_t done_ = 0;
  std::optional<Error> stopped_;
};

class PreparedSuffixes final : public PreparedSource {
 public:
  PreparedSuffixes(Bytes from, std::unique_ptr<SuffixArray> suffixes, SeedFilter seeds)
      : suffixes_(std::move(suffixes)),
        seeds_(std::move(seeds)),
        index_{from, *suffixes_, seeds_} {}
  Result<Script> diff(Bytes to, const CostModel& prices,
                      const EngineOptions& options) const override {
    return Stretches(index_, to, prices, options).run();
  }

 private:
  std::unique_ptr<SuffixArray> suffixes_;
  SeedFilter seeds_;
  Index index_;
};

class SuffixEngine final : public Engine {
 public:
  std::string_view name() const override { return "suffix"; }
  Result<std::unique_ptr<PreparedSource>> prepare(Bytes from,
                                                  const EngineOptions& options) const override {
    Limits limits = options.limits;
    limits.memory -= std::min(limits.memory, SeedFilter::memory(from.size()));
    TRY(notify(options.observer, "sort", 0, from.size()));
    std::optional<SeedFilter> seeds;
    const auto fill = [&] { seeds.emplace(from); };
    std::thread helper;
    if (options.threads > 1) {
      helper = std::thread(fill);
    } else {
      fill();
    }
    auto suffixes = SuffixArray::build(from, limits);
    if (helper.joinable()) {
      helper.join();
    }
    if (!suffixes) {
      return std::move(suffixes).error();
    }
    TRY(notify(options.observer, "sort", from.size(), from.size()));
    return std::unique_ptr<PreparedSource>(
        std::make_unique<PreparedSuffixes>(from, *std::move(suffixes), *std::move(seeds)));
  }
};

}  // namespace
}  // namespace suffix

const Engine& suffix_engine() {
  static const suffix::SuffixEngine instance;
  return instance;
}

}  // namespace kerf
