// ENDSLEY/BSDIFF43: header, then one bzip2 stream in which each control is followed at once by its
// difference and extra bytes.
#include <algorithm>
#include <array>

#include "codec/bzip2/bzip2.h"
#include "patch/bsdiff/streams.h"

namespace kerf::bsdiff {

namespace {

constexpr std::string_view magic = "ENDSLEY/BSDIFF43";
constexpr std::size_t header_length = 24;
constexpr std::string_view section_name = "patch stream";

class OneStream final : public Streams {
 public:
  OneStream(const Source& patch, const Extent& section, std::uint64_t memory, bool allow_trailing)
      : section_(section),
        slice_(patch, section.offset, section.length),
        reader_(slice_, reader_options(section, memory)),
        allow_trailing_(allow_trailing) {}

  Status read_control(MutBytes out) override { return read(out); }
  Status read_difference(MutBytes out) override { return read(out); }
  Status read_extra(MutBytes out) override { return read(out); }
  std::uint64_t control_offset() const override { return section_.offset + reader_.consumed(); }
  Status finish() override {
    TRY(named(reader_.finish()));
    return named(check_trailing(section_.offset + reader_.consumed(),
                                section_.offset + section_.length, allow_trailing_));
  }

 private:
  static Bzip2Reader::Options reader_options(const Extent& section, std::uint64_t memory) {
    Bzip2Reader::Options options;
    options.base = section.offset;
    options.memory = memory;
    return options;
  }
  static Status named(Status status) {
    return status ? Status() : Status(std::move(status).error().in(section_name));
  }
  Status read(MutBytes out) { return named(reader_.read(out)); }

  Extent section_;
  SliceSource slice_;
  Bzip2Reader reader_;
  bool allow_trailing_;
};

Result<OpenPatch> open_patch(const Source& patch, const Limits& limits, bool allow_trailing) {
  OpenPatch open;
  std::array<std::uint8_t, header_length> header{};
  TRY(read_header(patch, magic, header, open));
  TRY_ASSIGN(open.new_size, header_size(header, 16, "new size"));
  TRY(check_new_size(open, limits, 16));
  TRY(open_trailer(patch, open));
  const std::uint64_t body = open.trailer ? open.trailer->body.size : patch.size();
  const Extent section{header_length, body - std::min<std::uint64_t>(body, header_length)};
  TRY_ASSIGN(const unsigned level, stream_level(patch, section, section_name));
  open.info.profile = "bzip2 level " + std::to_string(level);
  open.info.details.emplace_back(section_name, section.length);
  open.info.new_size = open.new_size;
  open.info.memory = bzip2_memory(level, true);
  open.info.appliers = {"kerf", "the bspatch of github.com/mendsley/bsdiff and its derivatives"};
  open.streams = std::make_unique<OneStream>(patch, section, limits.memory, allow_trailing);
  return open;
}

}  // namespace

const PatchReader& endsley_reader() {
  static const StreamsReader instance("endsley", magic, open_patch);
  return instance;
}

}  // namespace kerf::bsdiff
