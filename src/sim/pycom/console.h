// What the device prints on its serial line.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kerf::pycom {

// Keeps every line; a listener sees them at once. Lines are without their line feed.
class Console {
 public:
  using Listener = std::function<void(std::string_view line)>;
  void print(std::string line) {
    if (muted_) {
      return;
    }
    if (listener_) {
      listener_(line);
    }
    lines_.push_back(std::move(line));
  }
  void listen(Listener listener) { listener_ = std::move(listener); }
  // While the device has no power, nothing comes out.
  void mute(bool muted) { muted_ = muted; }
  const std::vector<std::string>& lines() const { return lines_; }
  bool has(std::string_view line) const {
    for (const std::string& printed : lines_) {
      if (printed == line) {
        return true;
      }
    }
    return false;
  }
  void clear() { lines_.clear(); }

 private:
  std::vector<std::string> lines_;
  Listener listener_;
  bool muted_ = false;
};

}  // namespace kerf::pycom
