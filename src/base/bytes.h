// Views of bytes, and bounded cursors over them. All fixed-width fields are read and written byte
// by byte, so that the host's endianness and alignment never matter.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kerf {

using Bytes = std::span<const std::uint8_t>;
using MutBytes = std::span<std::uint8_t>;

// The bytes of a character string, without a terminator. Borrows from `text`.
Bytes as_bytes(std::string_view text);

// Lower-case hexadecimal, two digits a byte.
std::string to_hex(Bytes bytes);
// The inverse. Code::corrupt on an odd length or a character that is no hexadecimal digit.
Result<std::vector<std::uint8_t>> from_hex(std::string_view text);

// Inline, because matchers live on them: one machine instruction on little-endian CPUs.
inline std::uint16_t load_le16(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] | at[1] << 8);
}
inline std::uint32_t load_le32(const std::uint8_t* at) {
  return std::uint32_t{at[0]} | std::uint32_t{at[1]} << 8 | std::uint32_t{at[2]} << 16 |
         std::uint32_t{at[3]} << 24;
}
inline std::uint64_t load_le64(const std::uint8_t* at) {
  return std::uint64_t{load_le32(at)} | std::uint64_t{load_le32(at + 4)} << 32;
}

// Length of the common prefix of `a` and `b`, from `known` on: that many bytes are known to be
// equal. Inline: most pairs differ within the first eight bytes, and the call would cost more than
// they do.
std::size_t long_common_prefix(Bytes a, Bytes b, std::size_t known);
inline std::size_t common_prefix(Bytes a, Bytes b, std::size_t known = 0) {
  if (std::min(a.size(), b.size()) >= known + 8) {
    // The lowest differing byte of a little-endian number is the first in memory.
    const std::uint64_t difference = load_le64(a.data() + known) ^ load_le64(b.data() + known);
    if (difference != 0) {
      return known + static_cast<std::size_t>(std::countr_zero(difference)) / 8;
    }
    known += 8;
  }
  return long_common_prefix(a, b, known);
}

void store_le16(std::uint8_t* at, std::uint16_t value);
void store_le32(std::uint8_t* at, std::uint32_t value);
void store_le64(std::uint8_t* at, std::uint64_t value);

// A cursor over borrowed bytes whose failure is sticky: after the first read past the end every
// read gives 0 (or an empty view) and remaining() is 0. Read the fields of a header, then
// TRY(status()) before any of them is used as a size, an offset or a bound.
class ByteReader {
 public:
  // `base` is the offset of bytes[0] in the file, for error messages.
  explicit ByteReader(Bytes bytes, std::uint64_t base = 0) : bytes_(bytes), base_(base) {}

  std::uint8_t u8();
  std::uint16_t le16();
  std::uint32_t le32();
  std::uint64_t le64();
  // A view of the next `length` bytes, or an empty one on failure.
  Bytes take(std::size_t length);
  void skip(std::size_t length) { (void)take(length); }

  std::size_t remaining() const { return failed_ ? 0 : bytes_.size() - position_; }
  // Offset in the file of the next byte to be read (of the failed read, after a failure).
  std::uint64_t offset() const { return base_ + position_; }
  // Code::truncated with the offset of the first read that did not fit, if there was one.
  Status status() const;

 private:
  Bytes bytes_;
  std::uint64_t base_;
  std::size_t position_ = 0;
  std::size_t wanted_ = 0;
  bool failed_ = false;
};

// Appends fields to a vector that it owns.
class ByteWriter {
 public:
  void u8(std::uint8_t value) { out_.push_back(value); }
  void le16(std::uint16_t value);
  void le32(std::uint32_t value);
  void le64(std::uint64_t value);
  void bytes(Bytes value) { out_.insert(out_.end(), value.begin(), value.end()); }

  std::size_t size() const { return out_.size(); }
  Bytes view() const { return out_; }
  std::vector<std::uint8_t> take() && { return std::move(out_); }

 private:
  std::vector<std::uint8_t> out_;
};

}  // namespace kerf
