#include "codec/bzip2/join.h"

#include <bit>
#include <optional>

namespace kerf {

namespace {

constexpr std::uint64_t block_magic = 0x314159265359;   // digits of pi, 48 bits
constexpr std::uint64_t footer_magic = 0x177245385090;  // digits of its square root
constexpr std::uint64_t header_bits = 32;               // "BZh" and the level
constexpr std::uint64_t magic_bits = 48;
constexpr std::uint64_t checksum_bits = 32;

// `count` (up to 48) bits of `bytes`, the first bit highest, from bit `at`.
std::uint64_t bits_at(Bytes bytes, std::uint64_t at, unsigned count) {
  std::uint64_t value = 0;
  for (std::uint64_t i = at; i < at + count; ++i) {
    const std::uint8_t byte = bytes[static_cast<std::size_t>(i / 8)];
    value = value << 1 | (byte >> (7 - i % 8) & 1U);
  }
  return value;
}

// Where the footer (magic and checksum) of a complete stream begins: 80 bits and 0 to 7 bits of
// padding before its end.
std::optional<std::uint64_t> footer_at(Bytes stream) {
  const std::uint64_t end = std::uint64_t{stream.size()} * 8;
  for (std::uint64_t padding = 0; padding < 8; ++padding) {
    const std::uint64_t length = magic_bits + checksum_bits + padding;
    if (end >= header_bits + length && bits_at(stream, end - length, magic_bits) == footer_magic) {
      return end - length;
    }
  }
  return std::nullopt;
}

}  // namespace

Bzip2Joiner::Bzip2Joiner(int level) {
  out_ = {'B', 'Z', 'h', static_cast<std::uint8_t>('0' + level)};
}

void Bzip2Joiner::put(std::uint64_t bits, unsigned count) {
  pending_ = pending_ << count | bits;
  pending_count_ += count;
  while (pending_count_ >= 8) {
    pending_count_ -= 8;
    out_.push_back(static_cast<std::uint8_t>(pending_ >> pending_count_));
  }
}

Status Bzip2Joiner::append(Bytes stream) {
  const auto footer = footer_at(stream);
  if (!footer) {
    return Error(Code::bug, "a bzip2 stream without an end");
  }
  if (*footer == header_bits) {
    return {};
  }
  const auto checksum =
      static_cast<std::uint32_t>(bits_at(stream, header_bits + magic_bits, checksum_bits));
  const auto total =
      static_cast<std::uint32_t>(bits_at(stream, *footer + magic_bits, checksum_bits));
  if (bits_at(stream, header_bits, magic_bits) != block_magic || checksum != total) {
    return Error(Code::bug, "a bzip2 stream of more than one block");
  }
  // A stream of one block has that block's checksum; of several, each is rotated in.
  checksum_ = std::rotl(checksum_, 1) ^ checksum;
  std::uint64_t at = header_bits;
  for (; at + 8 <= *footer; at += 8) {
    put(stream[static_cast<std::size_t>(at / 8)], 8);
  }
  const auto rest = static_cast<unsigned>(*footer - at);
  put(bits_at(stream, at, rest), rest);
  return {};
}

std::vector<std::uint8_t> Bzip2Joiner::finish() && {
  put(footer_magic, magic_bits);
  put(checksum_, checksum_bits);
  if (pending_count_ > 0) {
    put(0, 8 - pending_count_);
  }
  return std::move(out_);
}

}  // namespace kerf
