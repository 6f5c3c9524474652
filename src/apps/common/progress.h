// The progress bar of programs on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/observer.h"

namespace kerf::apps {

// Draws "stage [####----] 42 % 12.3 MiB/s 0:05" on standard error, at most ten times a second, and
// nothing at all when standard error is not a terminal. One thread at a time.
class ProgressBar final : public Observer {
 public:
  // `wanted` false: never draws.
  explicit ProgressBar(bool wanted);
  ~ProgressBar() override { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  Status progress(std::string_view stage, std::uint64_t done, std::uint64_t total) override;
  // Takes the bar off the screen, so that a message can be printed.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  void draw(std::uint64_t done, std::uint64_t total, Clock::time_point now);
  bool active_;
  bool drawn_ = false;
  std::string stage_;
  Clock::time_point started_;  // of the stage
  Clock::time_point drawn_at_;
};

// The line that the bar shows: `columns` wide at most, without line end. `seconds` is the time that
// the stage has taken so far; total 0 means unknown.
std::string progress_line(std::string_view stage, std::uint64_t done, std::uint64_t total,
                          double seconds, std::size_t columns);

}  // namespace kerf::apps
