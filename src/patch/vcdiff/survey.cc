#include "patch/vcdiff/survey.h"

#include <algorithm>
#include <bit>

namespace kerf::vcdiff {

namespace {

Status take(const WindowHeader& window, const Limits& limits, Survey& all) {
  const Extent& segment = window.segment;
  if ((window.indicator & window_target) != 0) {
    if (segment.offset + segment.length > all.new_size) {
      return Error(Code::corrupt, "target segment ends at " +
                                      std::to_string(segment.offset + segment.length) +
                                      ", but only " + std::to_string(all.new_size) +
                                      " bytes are decoded before this window")
          .at(window.segment_at);
    }
    if (segment.length > 0) {
      const std::uint64_t start =
          all.kept.length == 0 ? segment.offset : std::min(all.kept.offset, segment.offset);
      const std::uint64_t end =
          std::max(all.kept.offset + all.kept.length, segment.offset + segment.length);
      all.kept = {start, end - start};
    }
    ++all.target_windows;
  } else if ((window.indicator & window_source) != 0 &&
             segment.offset + segment.length > all.source_end) {
    all.source_end = segment.offset + segment.length;
    all.source_end_at = window.segment_at;
  }
  if (window.target_length > limits.output - all.new_size) {
    return Error(Code::limit, "target window length " + std::to_string(window.target_length) +
                                  " brings the new file above the permitted " +
                                  std::to_string(limits.output) + " bytes")
        .at(window.target_length_at);
  }
  all.new_size += window.target_length;
  all.largest_window = std::max(all.largest_window, window.target_length);
  all.checksums += window.checksum ? 1U : 0U;
  all.interleaved += window.interleaved ? 1U : 0U;
  all.packed_sections += static_cast<unsigned>(std::popcount(window.delta_indicator));
  all.padded = all.padded || window.padded;
  for (std::size_t i = 0; i < section_count; ++i) {
    all.section_bytes[i] += window.sections[i].length;
  }
  ++all.windows;
  return {};
}

}  // namespace

Result<Survey> survey(BlockCache& patch, bool strict, const Limits& limits) {
  HeaderReader reader(patch, strict);
  Survey all;
  auto file = reader.file();
  if (!file) {
    return std::move(file).error().in("file header");
  }
  all.file = *file;
  std::uint64_t position = all.file.length;
  while (position < patch.size()) {
    auto window = reader.window(all.file, position);
    if (!window) {
      return std::move(window).error().in(window_name(all.windows));
    }
    if (auto taken = take(*window, limits, all); !taken) {
      return std::move(taken).error().in(window_name(all.windows));
    }
    position = window->end;
  }
  return all;
}

std::string window_name(std::uint64_t number) {
  return "window " + std::to_string(number);
}

}  // namespace kerf::vcdiff
