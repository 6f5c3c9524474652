// For tests of scanners: whole files scanned chunk by chunk, and what must hold for any field.
#pragma once

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <vector>

#include "base/bytes.h"
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
  const std::vector<std::uint8_t> copy(file.begin() + window.begin, file.begin() + window.end);
  window.bytes = copy.data();
  std::vector<Field> storage(geometry.capacity);
  FieldList list{storage.data(), geometry.capacity, 0};
  if (!scan_chunk(image, geometry, index, size, window, list)) return {};
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
  if (!text.empty()) text.pop_back();
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

// What every scanner promises for any bytes. Empty, or the fault.
inline std::string fault_of(const Image& image, Bytes file, const Geometry& geometry) {
  const std::uint32_t chunk = std::uint32_t{1} << geometry.chunk_bits;
  const auto size = static_cast<std::uint32_t>(file.size());
  for (std::uint32_t index = 0; std::uint64_t{index} * chunk < size; ++index) {
    const auto fields = scan_one(image, file, index, geometry);
    std::uint64_t end = std::uint64_t{index} * chunk;
    for (const Field& field : fields) {
      const auto where = "field of kind " + std::to_string(static_cast<int>(field.kind)) + " at " +
                         std::to_string(field.position);
      if (field.position < end) return where + " overlaps, is out of order or before its chunk";
      end = std::uint64_t{field.position} + field.width;
      if (end > std::uint64_t{index + 1} * chunk || end > size) return where + " leaves its chunk";
      if (field.width != width_of(field.kind)) return where + " has a wrong width";
      if (field.region >= image.region_count) return where + " has no region";
      std::uint8_t bytes[max_field_width];
      const std::uint8_t* const old_bytes = file.data() + field.position;
      place(field.kind, old_bytes, field.target, field.base, bytes);
      if (!std::equal(bytes, bytes + field.width, old_bytes)) {
        return where + " is not placed where it was found";
      }
      std::uint64_t target = 0;
      if (!extract(field.kind, old_bytes, field.base, field.target, image.address_mask(), target) ||
          target != field.target) {
        return where + " does not give its target back";
      }
    }
    // More bytes than the window that chunks ask for make no difference.
    std::vector<Field> storage(geometry.capacity);
    FieldList list{storage.data(), geometry.capacity, 0};
    if (!scan_chunk(image, geometry, index, size, {file.data(), 0, size}, list)) return "no scan";
    const bool same = std::equal(fields.begin(), fields.end(), storage.begin(),
                                 storage.begin() + list.count, [](const Field& a, const Field& b) {
                                   return a.position == b.position && a.kind == b.kind &&
                                          a.target == b.target && a.base == b.base &&
                                          a.anchor == b.anchor && a.region == b.region;
                                 });
    if (!same) return "chunk " + std::to_string(index) + " depends on bytes outside its window";
  }
  return {};
}

}  // namespace kerf::refs::test
