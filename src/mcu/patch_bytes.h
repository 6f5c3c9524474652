// The patch, read front to back through a port, a little at a time.
#pragma once

#include "mcu/kerf_mcu.h"

namespace kerf::mcu {

class PatchBytes {
 public:
  // Bytes [begin, end) of the patch; behind them come zeros. Borrows `port`.
  PatchBytes(const kerf_small_port* port, uint32_t begin, uint32_t end)
      : port_(port), at_(begin), end_(end) {}

  uint8_t next() {
    if (used_ == filled_) {
      fill();
    }
    return used_ < filled_ ? bytes_[used_++] : uint8_t{0};
  }
  // The offset of the next byte.
  uint32_t position() const { return at_ - (filled_ - used_); }
  // Was there a byte that could not be read?
  bool failed() const { return failed_; }

 private:
  static constexpr uint32_t capacity = 64;

  void fill() {
    used_ = 0;
    filled_ = end_ - at_ < capacity ? end_ - at_ : capacity;
    if (filled_ > 0 && (failed_ || !port_->read_patch(port_->context, at_, bytes_, filled_))) {
      failed_ = true;
      filled_ = 0;
    }
    at_ += filled_;
  }

  const kerf_small_port* port_;
  uint32_t at_;
  uint32_t end_;
  uint32_t used_ = 0;
  uint32_t filled_ = 0;
  bool failed_ = false;
  uint8_t bytes_[capacity] = {};
};

// For decoders, which take their input by value.
class PatchInput {
 public:
  explicit PatchInput(PatchBytes& bytes) : bytes_(&bytes) {}
  uint8_t next() { return bytes_->next(); }

 private:
  PatchBytes* bytes_;
};

}  // namespace kerf::mcu
