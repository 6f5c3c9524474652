// A binary range coder with 32 bits of range and 16 bits of probability. Freestanding: whoever
// encodes brings a function that takes bytes, whoever decodes brings the bytes.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace kerf::model {

inline constexpr uint32_t least_range = uint32_t{1} << 24;

// The part of `range` that belongs to a one of probability `p` (1 to 65535, of 65536).
inline uint32_t range_of_one(uint32_t range, uint32_t p) {
  return static_cast<uint32_t>((uint64_t{range} * p) >> 16);
}

// Turns decisions into bytes. `Bytes` is anything with push_back(uint8_t).
template <class Bytes>
class RangeEncoder {
 public:
  explicit RangeEncoder(Bytes& out) : out_(out) {}

  // Codes `bit`, which is a one with probability `p` of 65536; p from 1 to 65535. Returns `bit`.
  bool code(bool bit, uint32_t p) { return code_at(bit, range_of_one(range_, p)); }
  // Likewise, where ones get the first `bound` (1 to range() - 1) of range(): for coders that split
  // in another way.
  uint32_t range() const { return range_; }
  bool code_at(bool bit, uint32_t bound) {
    if (bit) {
      range_ = bound;
    } else {
      low_ += bound;
      range_ -= bound;
    }
    while (range_ < least_range) {
      range_ <<= 8;
      shift();
    }
    return bit;
  }

  // Writes what is left, so short that a decoder that reads zeros from there on decodes the same.
  void finish() {
    // The number in [low, low + range) with the most zero bits at its end.
    for (unsigned bits = 32; bits > 0; --bits) {
      const uint64_t mask = (uint64_t{1} << bits) - 1;
      const uint64_t value = (low_ + mask) & ~mask;
      if (value < low_ + range_) {
        low_ = value;
        break;
      }
    }
    while (low_ != 0) {
      shift();
    }
    flush_held();
  }

 private:
  // Moves the top byte of low out. A byte is held back, with the 255s behind it, until it is known
  // that no carry will reach it.
  void shift() {
    if (low_ < 0xFF000000U || low_ > 0xFFFFFFFFU) {
      const auto carry = static_cast<uint8_t>(low_ >> 32);
      if (holds_) {
        put(static_cast<uint8_t>(held_ + carry));
      }
      for (; full_ > 0; --full_) {
        put(static_cast<uint8_t>(0xFF + carry));
      }
      held_ = static_cast<uint8_t>(low_ >> 24);
      holds_ = true;
    } else {
      ++full_;
    }
    low_ = (low_ & 0x00FFFFFFU) << 8;
  }
  void flush_held() {
    if (holds_) {
      put(held_);
    }
    for (; full_ > 0; --full_) {
      put(0xFF);
    }
    // What remains to be written are zeros, which the decoder supplies.
  }
  // Zeros wait: at the end of the stream they are not written.
  void put(uint8_t byte) {
    if (byte == 0) {
      ++zeros_;
      return;
    }
    for (; zeros_ > 0; --zeros_) {
      out_.push_back(0);
    }
    out_.push_back(byte);
  }

  Bytes& out_;
  uint64_t low_ = 0;
  uint64_t full_ = 0;   // bytes 255 behind the held one
  uint64_t zeros_ = 0;  // zero bytes not written yet
  uint32_t range_ = 0xFFFFFFFFU;
  uint8_t held_ = 0;
  bool holds_ = false;
};

// Turns bytes back into decisions. `Input` is anything with uint8_t next(), which gives zeros
// behind the end of its bytes, so that any bytes decode to something: whether they were the right
// ones, a hash must tell.
template <class Input>
class BasicRangeDecoder {
 public:
  explicit BasicRangeDecoder(Input input) : input_(input) {
    for (int i = 0; i < 4; ++i) {
      code_ = code_ << 8 | input_.next();
    }
  }

  // The decision that the encoder coded with the same `p`; `bit` does not matter.
  bool code(bool, uint32_t p) {
    const uint32_t bound = range_of_one(range_, p);
    const bool bit = code_ < bound;
    if (bit) {
      range_ = bound;
    } else {
      code_ -= bound;
      range_ -= bound;
    }
    while (range_ < least_range) {
      range_ <<= 8;
      code_ = code_ << 8 | input_.next();
    }
    return bit;
  }

 private:
  Input input_;
  uint32_t range_ = 0xFFFFFFFFU;
  uint32_t code_ = 0;
};

// Borrowed bytes in memory.
class BytesInput {
 public:
  BytesInput(const uint8_t* bytes, size_t size) : at_(bytes), end_(bytes + size) {}
  uint8_t next() { return at_ < end_ ? *at_++ : uint8_t{0}; }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
};

class RangeDecoder : public BasicRangeDecoder<BytesInput> {
 public:
  // Borrows [bytes, bytes + size).
  RangeDecoder(const uint8_t* bytes, size_t size)
      : BasicRangeDecoder<BytesInput>(BytesInput(bytes, size)) {}
};

}  // namespace kerf::model
