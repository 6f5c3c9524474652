// For tests of scanners: whole files scanned chunk by chunk, and what must hold for any field.
#pragma once

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/test_bytes.h"
#include "refs/recognise.h"
#include "refs/scan.h"

namespace kerf::refs::test {

inline constexpr Geometry small_geometry{10, 1024, 64, 512};

// One region that is the whole file, read by `scanner`, loaded at `base`.
inline Image image_of(Machine machine, Scanner scanner, std::uint64_t base, Bytes file) {
  Image image;
  describe_raw(machine, scanner, base, static_cast<std::uint32_t>(file.size()), 0, 0, image);
  return image;
}

// Scans chunk `index` from a copy of exactly the bytes that it may look at, so that a sanitizer
// sees any access outside.
inline std::vector<Field> scan_one(const Image& image, Bytes file, std::uint32_t index,
                                   const Geometry& geometry) {
  const auto size = static_cast<std::uint32_t>(file.size());
  Window window;
  window_of(geometry, index, size, window.begin, window.end);
  const Bytes part = file.subspan(window.begin, window.end - window.begin);
  const std::vector<std::uint8_t> copy(part.begin(), part.end());
  window.bytes = copy.data();
  std::vector<Field> storage(geometry.capacity);
  FieldList list{storage.data(), geometry.capacity, 0};
  if (!scan_chunk(image, geometry, index, size, window, list)) {
    return {};
  }
  storage.resize(list.count);
  return storage;
}

inline std::vector<Field> scan_all(const Image& image, Bytes file,
                                   const Geometry& geometry = host_geometry) {
  std::vector<Field> all;
  for (std::uint64_t from = 0; from < file.size();
       from += std::uint64_t{1} << geometry.chunk_bits) {
    const auto part =
        scan_one(image, file, static_cast<std::uint32_t>(from >> geometry.chunk_bits), geometry);
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

// "kind@position->target", one a field, for comparison at a glance.
inline std::string fields_of(const Image& image, Bytes file) {
  std::string text;
  char line[96];
  for (const Field& field : scan_all(image, file)) {
    std::snprintf(line, sizeof line, "%d@%x->%llx ", static_cast<int>(field.kind), field.position,
                  static_cast<unsigned long long>(field.target));
    text += line;
  }
  if (!text.empty()) {
    text.pop_back();
  }
  return text;
}

inline std::vector<std::uint8_t> words(std::initializer_list<std::uint32_t> values) {
  std::vector<std::uint8_t> bytes;
  for (const std::uint32_t value : values) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }
  return bytes;
}
inline std::vector<std::uint8_t> halves(std::initializer_list<std::uint16_t> values) {
  std::vector<std::uint8_t> bytes;
  for (const std::uint16_t value : values) {
    bytes.push_back(static_cast<std::uint8_t>(value));
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  }
  return bytes;
}

// Noise that holds what the scanner looks for: words that lead into the image, in both forms.
inline std::vector<std::uint8_t> lively(std::size_t size, std::uint64_t seed, std::uint64_t base) {
  auto bytes = ::kerf::test::noise(size, seed, 256);
  ::kerf::test::Random random(seed + 1);
  for (std::size_t at = 0; at + 8 <= size; at += 4) {
    switch (random.below(8)) {
      case 0:
        store_le32(bytes.data() + at, static_cast<std::uint32_t>(base + random.below(size)));
        break;
      case 1:
        store_le64(bytes.data() + at, base + random.below(size));
        break;
      case 2:
        store_le32(bytes.data() + at, static_cast<std::uint32_t>(random.below(2 * size) - size));
        break;
      case 3:
        store_le32(bytes.data() + at, static_cast<std::uint32_t>(random.below(64)));
        break;
      default:
        break;
    }
  }
  return bytes;
}

}  // namespace kerf::refs::test
