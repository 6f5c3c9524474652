#include "container/tar/header.h"

#include <algorithm>

#include "container/text_number.h"

namespace kerf::container {

namespace {

std::string text_field(Bytes field) {
  return {field.begin(), std::find(field.begin(), field.end(), std::uint8_t{0})};
}

// Octal, or GNU's base 256: marked by the highest bit, big-endian.
std::optional<std::uint64_t> number_field(Bytes field) {
  if ((field[0] & 0x80) == 0) {
    return text_number(field, 8);
  }
  std::uint64_t value = field[0] & 0x7FU;
  for (const std::uint8_t byte : field.subspan(1)) {
    if (value >> 55 != 0) {
      return std::nullopt;  // negative numbers too
    }
    value = value << 8 | byte;
  }
  return value;
}

}  // namespace

std::optional<TarHeader> read_tar_header(const TarBlock& block) {
  const Bytes bytes(block);
  std::int64_t as_unsigned = 0;
  std::int64_t as_signed = 0;  // as some old programs summed up
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint8_t byte = i >= 148 && i < 156 ? std::uint8_t{' '} : bytes[i];
    as_unsigned += byte;
    as_signed += static_cast<std::int8_t>(byte);
  }
  const auto stated = text_number(bytes.subspan(148, 8), 8);
  const auto size = number_field(bytes.subspan(124, 12));
  if (!stated || !size || bytes[0] == 0 ||
      (static_cast<std::int64_t>(*stated) != as_unsigned &&
       static_cast<std::int64_t>(*stated) != as_signed)) {
    return std::nullopt;
  }
  TarHeader header;
  header.type = static_cast<char>(bytes[156]);
  header.size = *size;
  const std::string magic = text_field(bytes.subspan(257, 6));
  const bool gnu = magic == "ustar ";  // its fields behind the device numbers are others
  header.ustar = gnu || magic == "ustar";
  header.name = text_field(bytes.first(100));
  if (header.ustar && !gnu && bytes[345] != 0) {
    header.name = text_field(bytes.subspan(345, 155)) + "/" + header.name;
  }
  header.extended = gnu && header.type == 'S' && bytes[482] != 0;
  return header;
}

bool is_zero_block(const TarBlock& block) {
  return std::all_of(block.begin(), block.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool read_pax_records(Bytes records, PaxOverrides& overrides) {
  // "27 path=some/where/or/other\n": the length counts the whole record.
  while (!records.empty() && records[0] != 0) {
    const auto blank = std::find(records.begin(), records.end(), std::uint8_t{' '});
    const auto digits = static_cast<std::size_t>(blank - records.begin());
    const auto length = text_number(records.first(digits), 10);
    if (digits == 0 || !length || *length <= digits + 1 || *length > records.size()) {
      return false;
    }
    const auto whole = static_cast<std::size_t>(*length);
    const Bytes record = records.subspan(digits + 1, whole - digits - 1);
    records = records.subspan(whole);
    const auto equals = std::find(record.begin(), record.end(), std::uint8_t{'='});
    if (record.back() != '\n' || equals == record.end()) {
      return false;
    }
    const std::string key(record.begin(), equals);
    const std::string value(equals + 1, record.end() - 1);
    if (key == "path" || key == "GNU.sparse.name") {
      overrides.path = value;
    } else if (key == "size") {
      const auto size = text_number(as_bytes(value), 10);
      if (!size || value.empty()) {
        return false;
      }
      overrides.size = size;
    }
  }
  return true;
}

}  // namespace kerf::container
