// The header of a VCDIFF file and the headers of its windows.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/extent.h"
#include "io/block_cache.h"
#include "patch/vcdiff/vcdiff.h"

namespace kerf::vcdiff {

constexpr std::array<std::uint8_t, 3> magic{0xd6, 0xc3, 0xc4};
constexpr std::uint8_t sdch_version = 'S';
// Hdr_Indicator
constexpr std::uint8_t has_secondary = 1;
constexpr std::uint8_t has_code_table = 2;
constexpr std::uint8_t has_app_header = 4;
// Win_Indicator
constexpr std::uint8_t window_source = 1;
constexpr std::uint8_t window_target = 2;
constexpr std::uint8_t window_checksum = 4;

// Secondary compressors, by xdelta3's numbers.
enum class Secondary : std::uint8_t { none = 0, djw = 1, lzma = 2, fgk = 16 };

enum class SectionKind : std::uint8_t { data, instructions, addresses };
constexpr std::size_t section_count = 3;

struct FileHeader {
  bool sdch = false;  // version 'S': what open-vcdiff writes with -interleaved or -checksum
  std::uint8_t indicator = 0;
  Secondary secondary = Secondary::none;
  Extent app_header;
  std::uint64_t length = 0;  // where the first window starts
};

struct WindowHeader {
  std::uint64_t start = 0;  // offset of the Win_Indicator in the patch
  std::uint64_t end = 0;    // where the next window starts
  std::uint8_t indicator = 0;
  std::uint8_t delta_indicator = 0;
  Extent segment;                // in the source, or in the target for window_target
  std::uint64_t segment_at = 0;  // offset of that field in the patch
  std::uint64_t target_length = 0;
  std::uint64_t target_length_at = 0;            // likewise
  std::array<Extent, section_count> sections{};  // in the patch, as stored
  std::optional<std::uint32_t> checksum;
  std::uint64_t checksum_at = 0;
  bool interleaved = false;  // all operands stand in the instruction section
  bool padded = false;       // a number has more bytes than it needs
};

// Reads both kinds of headers. Checks every field against the patch's size and against what is
// supported, in the updater profile if `strict`; nothing is checked against the files.
class HeaderReader {
 public:
  // Borrows `patch`.
  HeaderReader(BlockCache& patch, bool strict) : patch_(patch), strict_(strict) {}

  Result<FileHeader> file();
  // The window at `start`, which lies inside the patch.
  Result<WindowHeader> window(const FileHeader& file, std::uint64_t start);

 private:
  Result<std::uint8_t> byte(std::string_view field);
  Result<std::uint64_t> number(std::string_view field);
  std::uint64_t left() const { return patch_.size() - position_; }
  Error fault(Code code, std::string what, std::uint64_t at) const;

  Status segment(WindowHeader& window);
  Status sections(const FileHeader& file, WindowHeader& window, std::uint64_t encoding_end);

  BlockCache& patch_;
  bool strict_;
  std::uint64_t position_ = 0;
  bool padded_ = false;
};

}  // namespace kerf::vcdiff
