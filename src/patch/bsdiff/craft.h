// Patches made by hand, for tests and fuzzers: every field can be wrong.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "codec/bzip2/bzip2.h"
#include "patch/bsdiff/bsdiff.h"

namespace kerf::bsdiff::craft {

inline std::vector<std::uint8_t> compress(Bytes plain, int level = 1) {
  MemorySink sink(plain.size() * 2 + 4096);
  Bzip2Writer writer(sink, level);
  [[maybe_unused]] const bool done = writer.write(plain).has_value() && writer.finish().has_value();
  return std::move(sink).take();
}

inline void append(std::vector<std::uint8_t>& out, Bytes more) {
  out.insert(out.end(), more.begin(), more.end());
}

inline void append_offset(std::vector<std::uint8_t>& out, std::int64_t value) {
  out.resize(out.size() + 8);
  encode_offset(out.data() + out.size() - 8, value);
}

inline void append_control(std::vector<std::uint8_t>& out, const Control& control) {
  append_offset(out, control.add);
  append_offset(out, control.copy);
  append_offset(out, control.seek);
}

// The parts of a BSDIFF40 patch; lengths are those of the compressed sections unless given.
struct Parts {
  std::vector<Control> controls;
  std::vector<std::uint8_t> difference;
  std::vector<std::uint8_t> extra;
  std::int64_t new_size = 0;
  std::vector<std::uint8_t> surplus_control;  // plain bytes after the last control
  std::vector<std::uint8_t> trailing;
  int level = 1;
};

inline std::vector<std::uint8_t> bsdiff40(const Parts& parts) {
  std::vector<std::uint8_t> controls;
  for (const Control& control : parts.controls) {
    append_control(controls, control);
  }
  append(controls, parts.surplus_control);
  const auto control_section = compress(controls, parts.level);
  const auto difference_section = compress(parts.difference, parts.level);
  std::vector<std::uint8_t> patch;
  append(patch, as_bytes("BSDIFF40"));
  append_offset(patch, static_cast<std::int64_t>(control_section.size()));
  append_offset(patch, static_cast<std::int64_t>(difference_section.size()));
  append_offset(patch, parts.new_size);
  append(patch, control_section);
  append(patch, difference_section);
  append(patch, compress(parts.extra, parts.level));
  append(patch, parts.trailing);
  return patch;
}

inline std::vector<std::uint8_t> endsley(std::int64_t new_size, Bytes plain, int level = 1) {
  std::vector<std::uint8_t> patch;
  append(patch, as_bytes("ENDSLEY/BSDIFF43"));
  append_offset(patch, new_size);
  append(patch, compress(plain, level));
  return patch;
}

}  // namespace kerf::bsdiff::craft
