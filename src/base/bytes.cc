#include "base/bytes.h"

#include <array>

namespace kerf {

Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::size_t long_common_prefix(Bytes a, Bytes b, std::size_t known) {
  const std::size_t length = std::min(a.size(), b.size());
  std::size_t i = known;
  for (; i + 8 <= length; i += 8) {
    const std::uint64_t difference = load_le64(a.data() + i) ^ load_le64(b.data() + i);
    if (difference != 0) {
      return i + static_cast<std::size_t>(std::countr_zero(difference)) / 8;
    }
  }
  while (i < length && a[i] == b[i]) {
    ++i;
  }
  return i;
}

std::string to_hex(Bytes bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

Result<std::vector<std::uint8_t>> from_hex(std::string_view text) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
      return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
      return c - 'A' + 10;
    }
    return -1;
  };
  if (text.size() % 2 != 0) {
    return Error(Code::corrupt, "odd number of hexadecimal digits").at(text.size());
  }
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) {
      return Error(Code::corrupt, "not a hexadecimal digit").at(high < 0 ? i : i + 1);
    }
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

namespace {

template <class T>
void store_le(std::uint8_t* at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    at[i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

}  // namespace

void store_le16(std::uint8_t* at, std::uint16_t value) {
  store_le(at, value);
}
void store_le32(std::uint8_t* at, std::uint32_t value) {
  store_le(at, value);
}
void store_le64(std::uint8_t* at, std::uint64_t value) {
  store_le(at, value);
}

Bytes ByteReader::take(std::size_t length) {
  if (failed_ || length > bytes_.size() - position_) {
    if (!failed_) {
      failed_ = true;
      wanted_ = length;
    }
    return {};
  }
  const Bytes view = bytes_.subspan(position_, length);
  position_ += length;
  return view;
}

std::uint8_t ByteReader::u8() {
  const Bytes view = take(1);
  return view.empty() ? std::uint8_t{0} : view[0];
}

std::uint16_t ByteReader::le16() {
  const Bytes view = take(2);
  return view.empty() ? std::uint16_t{0} : load_le16(view.data());
}

std::uint32_t ByteReader::le32() {
  const Bytes view = take(4);
  return view.empty() ? 0 : load_le32(view.data());
}

std::uint64_t ByteReader::le64() {
  const Bytes view = take(8);
  return view.empty() ? 0 : load_le64(view.data());
}

Status ByteReader::status() const {
  if (!failed_) {
    return {};
  }
  return Error(Code::truncated, "input ends here, but " + std::to_string(wanted_) +
                                    " more bytes are needed (" +
                                    std::to_string(bytes_.size() - position_) + " left)")
      .at(offset());
}

void ByteWriter::le16(std::uint16_t value) {
  std::array<std::uint8_t, 2> field{};
  store_le16(field.data(), value);
  bytes(field);
}

void ByteWriter::le32(std::uint32_t value) {
  std::array<std::uint8_t, 4> field{};
  store_le32(field.data(), value);
  bytes(field);
}

void ByteWriter::le64(std::uint64_t value) {
  std::array<std::uint8_t, 8> field{};
  store_le64(field.data(), value);
  bytes(field);
}

}  // namespace kerf
