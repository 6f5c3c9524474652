// A stretch of the old file in memory, with some bytes around what is asked for.
#pragma once

#include "mcu/cm/arena.h"
#include "refs/recognise.h"

namespace kerf::sliver {

class OldView {
 public:
  static constexpr uint32_t margin = 16;
  static constexpr uint32_t capacity = 2048;
  // The most that at() can be asked for at once.
  static constexpr uint32_t most = capacity - 2 * margin;

  OldView(Arena& arena, const refs::Reader& file)
      : file_(file), bytes_(arena.take<uint8_t>(capacity)) {}

  // The old byte at `position`, with `length` bytes from it and `margin` bytes on either side
  // readable. Bytes outside the file are 0. Valid until the next call.
  const uint8_t* at(uint32_t position, uint32_t length) {
    const int64_t first = int64_t{position} - margin;
    const int64_t last = int64_t{position} + length + margin;
    if (first < begin_ || last > end_) {
      load(first);
    }
    return bytes_ + (int64_t{position} - begin_);
  }
  // Copies the old bytes [position, position + length), which the file must have, to `to`, whatever
  // their number.
  void copy(uint32_t position, uint32_t length, uint8_t* to) {
    failed_ = failed_ || !file_.read(file_.context, position, to, length);
  }
  // Could the old file not be read?
  bool failed() const { return failed_; }

 private:
  void load(int64_t begin) {
    begin_ = begin;
    end_ = begin + capacity;
    const int64_t from = begin < 0 ? 0 : begin;
    const int64_t to = end_ < int64_t{file_.size} ? end_ : int64_t{file_.size};
    for (int64_t i = begin; i < end_; ++i) {
      if (i < from || i >= to) {
        bytes_[i - begin] = 0;
      }
    }
    if (from < to && !file_.read(file_.context, static_cast<uint64_t>(from),
                                 bytes_ + (from - begin), static_cast<size_t>(to - from))) {
      failed_ = true;
    }
  }

  const refs::Reader& file_;
  uint8_t* bytes_;
  int64_t begin_ = 0;
  int64_t end_ = 0;
  bool failed_ = false;
};

}  // namespace kerf::sliver
