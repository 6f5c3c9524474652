// How long work tells its caller how far it is, and learns that it should stop.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace kerf {

// Thread rule: an observer is called from one thread at a time.
struct Observer {
  virtual ~Observer() = default;
  // `done` of `total` units (bytes, as a rule) of `stage` are finished; total 0 means unknown.
  // Called a few times a megabyte: it must be cheap. An error (Code::cancelled) ends the work,
  // which returns that error and leaves nothing behind.
  virtual Status progress(std::string_view stage, std::uint64_t done, std::uint64_t total) = 0;
};

// Forwards to `observer` if there is one.
inline Status notify(Observer* observer, std::string_view stage, std::uint64_t done,
                     std::uint64_t total) {
  return observer == nullptr ? Status() : observer->progress(stage, done, total);
}

}  // namespace kerf
