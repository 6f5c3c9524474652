// Finds the fields of the old file. The file is cut into chunks; what a chunk yields is a function
// of its bytes and some context around them, of the image, and of nothing else. So a decoder scans
// any chunk when it needs it, as often as it likes, and a patch carries no list. Any change to what
// a scanner yields is a change of the format: see docs/formats/sliver-scanners.md.
#pragma once

#include "refs/field.h"
#include "refs/image.h"

namespace kerf::refs {

// Part of a profile, and so of the format.
struct Geometry {
  uint8_t chunk_bits = 16;    // chunk n is the file range [n << chunk_bits, (n + 1) << chunk_bits)
  uint32_t before = 4096;     // bytes of context in front of a chunk, at least `least_context`
  uint32_t after = 256;       // bytes behind it, likewise
  uint32_t capacity = 32768;  // fields at most in a chunk: what comes after is dropped
};
inline constexpr Geometry host_geometry{};
inline constexpr uint32_t least_context = 64;

// A piece of the old file in memory: `bytes[0]` stands at offset `begin`, `end` is behind the last.
struct Window {
  const uint8_t* bytes = nullptr;
  uint32_t begin = 0;
  uint32_t end = 0;
};

// Where a scan puts its fields: storage of the caller's, at least Geometry::capacity.
struct FieldList {
  Field* fields = nullptr;
  uint32_t capacity = 0;
  uint32_t count = 0;
};

// The part of the file that must be in the window for chunk `index`: its bytes and their context.
// `file_size` > index << chunk_bits.
void window_of(const Geometry& geometry, uint32_t index, uint32_t file_size, uint32_t& begin,
               uint32_t& end);

// The fields that lie wholly in chunk `index`, sorted by position and not overlapping, replacing
// what `out` held. `window` holds at least what window_of() says; more is not looked at.
// `image` must be valid(). False if the window is too small or out.capacity < geometry.capacity.
bool scan_chunk(const ImageView& image, const Geometry& geometry, uint32_t index,
                uint32_t file_size, const Window& window, FieldList& out);
inline bool scan_chunk(const Image& image, const Geometry& geometry, uint32_t index,
                       uint32_t file_size, const Window& window, FieldList& out) {
  return scan_chunk(image.view(), geometry, index, file_size, window, out);
}

// The version of a scanner that this code implements; 0 for an unknown one.
uint8_t scanner_version(Scanner scanner);

}  // namespace kerf::refs
