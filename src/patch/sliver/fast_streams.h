// The byte streams of a section of profile `fast`, unpacked, and how they are read.
#pragma once

#include <array>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "patch/sliver/fast_format.h"

namespace kerf::sliver::fast {

// Owns the bytes of up to `window_streams` streams.
class Streams {
 public:
  // Unpacks a section: for each of `count` streams its size and, unless that is 0, the size of its
  // zstd frame (0: it is not packed), then all that is stored. At most `most` bytes may come out,
  // and the section, which stands at `base` in the patch, must end with the last stream.
  Status unpack(Bytes section, std::uint64_t base, unsigned count, std::uint64_t most);

  Bytes operator[](unsigned stream) const { return streams_[stream]; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::array<Bytes, window_streams> streams_;
};

// A stream that is read once, front to back. Past its end it gives zeros, and says so.
class ByteStream {
 public:
  ByteStream() = default;
  explicit ByteStream(Bytes bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool empty() const { return at_ == end_; }
  bool failed() const { return failed_; }
  std::uint8_t next() {
    if (at_ == end_) {
      failed_ = true;
      return 0;
    }
    return *at_++;
  }
  // The next `size` bytes to `out`.
  void copy(std::uint8_t* out, std::size_t size) {
    if (size > static_cast<std::size_t>(end_ - at_)) {
      failed_ = true;
      at_ = end_;
      return;
    }
    std::copy_n(at_, size, out);
    at_ += size;
  }
  // Ends the stream with a fault.
  void fail() { failed_ = true; }

 private:
  const std::uint8_t* at_ = nullptr;
  const std::uint8_t* end_ = nullptr;
  bool failed_ = false;
};

// Two streams as numbers.
class NumberStream {
 public:
  NumberStream(const Streams& streams, unsigned first)
      : heads_(streams[first]), tails_(streams[first + 1]) {}

  std::uint32_t next() {
    const std::uint8_t head = heads_.next();
    return head <= most_short ? head : long_number(head - most_short);
  }
  // Are there no more numbers?
  bool empty() const { return heads_.empty(); }
  bool finished() const { return heads_.empty() && tails_.empty(); }
  bool failed() const { return heads_.failed() || tails_.failed(); }

 private:
  std::uint32_t long_number(unsigned more) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < more && i < most_tail; ++i) {
      value |= std::uint32_t{tails_.next()} << 8 * i;
    }
    if (more > most_tail) {
      heads_.fail();
    }
    return value;
  }

  ByteStream heads_;
  ByteStream tails_;
};

}  // namespace kerf::sliver::fast
