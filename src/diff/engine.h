// Engines find what a target shares with a source. They see bytes only, never a format: each patch
// writer brings its prices.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/observer.h"
#include "base/result.h"
#include "base/script.h"

namespace kerf {

struct EngineOptions {
  Limits limits;                 // memory: beyond the two files; depth and output are not used
  unsigned threads = 1;          // at least 1; the script does not depend on it
  Observer* observer = nullptr;  // borrowed, may be null
};

// What an engine has found out about a source, once for any number of targets and price sets.
// Immutable; const members may be called from any thread. Borrows the source's bytes.
struct PreparedSource {
  virtual ~PreparedSource() = default;
  // A script that covers `to`. Deterministic. Code::cancelled from the observer.
  virtual Result<Script> diff(Bytes to, const CostModel& prices,
                              const EngineOptions& options) const = 0;
  // A script for each price set, in their order; all but `prices` as above. Cheaper than one after
  // the other where an engine can share work, whose scripts may then differ from those of diff().
  virtual Result<std::vector<Script>> diff_all(Bytes to, std::span<const CostModel> prices,
                                               const EngineOptions& options) const {
    std::vector<Script> scripts;
    for (const CostModel& set : prices) {
      TRY_ASSIGN(Script script, diff(to, set, options));
      scripts.push_back(std::move(script));
    }
    return scripts;
  }
};

// Stateless; const members may be called from any thread.
struct Engine {
  virtual ~Engine() = default;
  virtual std::string_view name() const = 0;
  // Indexes `from`, which must outlive the result. Code::limit if `options.limits.memory` does not
  // suffice (the message says how much would), Code::cancelled from the observer.
  virtual Result<std::unique_ptr<PreparedSource>> prepare(Bytes from,
                                                          const EngineOptions& options) const = 0;
};

// Suffix array over the source, approximate matches. Memory: 5 bytes a source byte (9 above 2 GiB).
const Engine& suffix_engine();

// The suffix engine twice, for formats that predict references: what it finds first says where the
// targets of references have gone; the second time all references are rewritten to their targets in
// the new file, so that code that has only moved is equal. Files that are no executable images of a
// known kind are matched once. Memory: up to 12 bytes a source byte.
const Engine& exec_engine();

}  // namespace kerf
