#include "apps/common/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/common/text.h"

namespace kerf::apps {

namespace {

constexpr std::chrono::milliseconds frame{100};

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string clock_text(double seconds) {
  const auto whole = std::llround(std::min(seconds, 359999.0));
  return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace

std::string progress_line(std::string_view stage, std::uint64_t done, std::uint64_t total,
                          double seconds, std::size_t columns) {
  constexpr std::size_t bar_width = 24;
  std::string line = fmt::format("{:<10}", stage);
  if (total > 0) {
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    const auto filled = static_cast<std::size_t>(share * bar_width);
    line +=
        fmt::format(" [{:#<{}}{:-<{}}] {:3.0f} %", "", filled, "", bar_width - filled, 100 * share);
  } else {
    line += " " + short_size(done);
  }
  if (seconds > 0 && done > 0) {
    const double rate = static_cast<double>(done) / seconds;
    line += " " + short_size(static_cast<std::uint64_t>(rate)) + "/s";
    if (total > done) {
      line += " ETA " + clock_text(static_cast<double>(total - done) / rate);
    }
  }
  return line.substr(0, columns > 1 ? columns - 1 : 0);  // the last column would wrap
}

ProgressBar::ProgressBar(bool wanted) : active_(wanted && ::isatty(STDERR_FILENO) == 1) {}

Status ProgressBar::progress(std::string_view stage, std::uint64_t done, std::uint64_t total) {
  if (!active_) {
    return {};
  }
  const Clock::time_point now = Clock::now();
  if (stage != stage_) {
    stage_ = stage;
    started_ = now;
  } else if (now - drawn_at_ < frame) {
    return {};
  }
  draw(done, total, now);
  return {};
}

void ProgressBar::draw(std::uint64_t done, std::uint64_t total, Clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const std::string line = progress_line(stage_, done, total, seconds, terminal_columns());
  std::fprintf(stderr, "\r%s\x1b[K", line.c_str());
  std::fflush(stderr);
  drawn_at_ = now;
  drawn_ = true;
}

void ProgressBar::clear() {
  if (drawn_) {
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
    drawn_ = false;
  }
}

}  // namespace kerf::apps
