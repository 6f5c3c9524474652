// BSDIFF40: header, then the control, difference and extra streams as three bzip2 sections.
#include <algorithm>
#include <array>

#include "base/checked.h"
#include "codec/bzip2/bzip2.h"
#include "patch/bsdiff/streams.h"

namespace kerf::bsdiff {

namespace {

constexpr std::string_view magic = "BSDIFF40";
constexpr std::size_t header_length = 32;
constexpr std::size_t section_count = 3;
constexpr std::array<std::string_view, section_count> section_names{
    "control stream", "difference stream", "extra stream"};

using Sections = std::array<Extent, section_count>;

class ThreeStreams final : public Streams {
 public:
  ThreeStreams(const Source& patch, const Sections& sections,
               const std::array<std::uint64_t, section_count>& memory, bool allow_trailing)
      : sections_(sections),
        slices_{slice(patch, sections[0]), slice(patch, sections[1]), slice(patch, sections[2])},
        readers_{reader(0, memory), reader(1, memory), reader(2, memory)},
        allow_trailing_(allow_trailing) {}

  Status read_control(MutBytes out) override { return named(0, readers_[0].read(out)); }
  Status read_difference(MutBytes out) override { return named(1, readers_[1].read(out)); }
  Status read_extra(MutBytes out) override { return named(2, readers_[2].read(out)); }
  std::uint64_t control_offset() const override {
    return sections_[0].offset + readers_[0].consumed();
  }

  Status finish() override {
    for (std::size_t i = 0; i < section_count; ++i) {
      TRY(named(i, readers_[i].finish()));
      // Only behind the last stream do devices tolerate anything.
      const bool allow = allow_trailing_ && i == section_count - 1;
      TRY(named(i, check_trailing(sections_[i].offset + readers_[i].consumed(),
                                  sections_[i].offset + sections_[i].length, allow)));
    }
    return {};
  }

 private:
  static SliceSource slice(const Source& patch, const Extent& section) {
    return {patch, section.offset, section.length};
  }
  Bzip2Reader reader(std::size_t i, const std::array<std::uint64_t, section_count>& memory) {
    Bzip2Reader::Options options;
    options.base = sections_[i].offset;
    options.memory = memory[i];
    return {slices_[i], options};
  }
  static Status named(std::size_t i, Status status) {
    return status ? Status() : Status(std::move(status).error().in(section_names[i]));
  }

  Sections sections_;
  std::array<SliceSource, section_count> slices_;
  std::array<Bzip2Reader, section_count> readers_;
  bool allow_trailing_;
};

// Reads the header and cuts the patch into sections; checks all sizes.
Result<Sections> read_sections(const Source& patch, OpenPatch& open) {
  std::array<std::uint8_t, header_length> header{};
  TRY(read_header(patch, magic, header, open));
  TRY_ASSIGN(const std::uint64_t control, header_size(header, 8, "control length"));
  TRY_ASSIGN(const std::uint64_t difference, header_size(header, 16, "difference length"));
  TRY_ASSIGN(open.new_size, header_size(header, 24, "new size"));
  TRY(open_trailer(patch, open));
  const std::uint64_t body = open.trailer ? open.trailer->body.size : patch.size();
  const std::uint64_t room = body - std::min<std::uint64_t>(body, header_length);
  if (control > room) {
    return Error(Code::truncated, "control length " + std::to_string(control) +
                                      " passes the end of the patch (" + std::to_string(room) +
                                      " bytes left)")
        .at(8)
        .in("header");
  }
  if (difference > room - control) {
    return Error(Code::truncated, "difference length " + std::to_string(difference) +
                                      " passes the end of the patch (" +
                                      std::to_string(room - control) + " bytes left)")
        .at(16)
        .in("header");
  }
  return Sections{Extent{header_length, control}, Extent{header_length + control, difference},
                  Extent{header_length + control + difference, room - control - difference}};
}

Result<OpenPatch> open_patch(const Source& patch, const Limits& limits, bool allow_trailing) {
  OpenPatch open;
  TRY_ASSIGN(const Sections sections, read_sections(patch, open));
  TRY(check_new_size(open, limits, 24));
  std::array<unsigned, section_count> levels{};
  std::uint64_t fast = 0;
  std::uint64_t small = 0;
  open.info.profile = "bzip2 levels ";
  for (std::size_t i = 0; i < section_count; ++i) {
    TRY_ASSIGN(levels[i], stream_level(patch, sections[i], section_names[i]));
    fast += bzip2_memory(levels[i], false);
    small += bzip2_memory(levels[i], true);
    open.info.profile.append(i == 0 ? "" : ",").append(std::to_string(levels[i]));
    open.info.details.emplace_back(section_names[i], sections[i].length);
  }
  if (small > limits.memory) {
    return Error(Code::limit, "decoding takes " + std::to_string(small) + " bytes of memory, " +
                                  std::to_string(limits.memory) + " are permitted")
        .at(sections[0].offset)
        .in(open.info.profile);
  }
  std::array<std::uint64_t, section_count> memory{};
  std::ranges::transform(levels, memory.begin(),
                         [&](unsigned level) { return bzip2_memory(level, fast > limits.memory); });
  open.info.new_size = open.new_size;
  open.info.memory = small;
  open.info.appliers = {"kerf", "bspatch 4.x (Debian, FreeBSD, macOS)", "python bsdiff4",
                        "Azure Device Update delta processor"};
  if (std::ranges::max(levels) <= 4) {
    open.info.appliers.emplace_back("Pycom devices with 4 MiB of PSRAM");
  }
  open.streams = std::make_unique<ThreeStreams>(patch, sections, memory, allow_trailing);
  return open;
}

}  // namespace

const PatchReader& reader() {
  static const StreamsReader instance("bsdiff", magic, open_patch);
  return instance;
}

}  // namespace kerf::bsdiff
