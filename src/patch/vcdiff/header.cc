#include "patch/vcdiff/header.h"

#include <algorithm>

#include "base/checked.h"
#include "patch/vcdiff/number.h"

namespace kerf::vcdiff {

namespace {

constexpr std::array<std::string_view, section_count> length_names{
    "data section length", "instruction section length", "address section length"};

std::string bits(std::uint8_t value) {
  return "0x" + to_hex(Bytes(&value, 1));
}

}  // namespace

Error HeaderReader::fault(Code code, std::string what, std::uint64_t at) const {
  return Error(code, std::move(what)).at(at);
}

Result<std::uint8_t> HeaderReader::byte(std::string_view field) {
  std::uint8_t value = 0;
  if (left() == 0) {
    return fault(Code::truncated, "the patch ends before the " + std::string(field), position_);
  }
  TRY(patch_.read_at(position_, MutBytes(&value, 1)));
  ++position_;
  return value;
}

Result<std::uint64_t> HeaderReader::number(std::string_view field) {
  const std::uint64_t start = position_;
  NumberDecoder decoder;
  while (true) {
    TRY_ASSIGN(const std::uint8_t next, byte(field));
    switch (decoder.feed(next)) {
      case NumberDecoder::State::more:
        break;
      case NumberDecoder::State::overflow:
        return fault(Code::corrupt, std::string(field) + " has more than 64 bits", start);
      case NumberDecoder::State::done:
        if (decoder.padded()) {
          padded_ = true;
          if (strict_) {
            return fault(Code::corrupt,
                         std::string(field) + " has leading zero digits, which updaters refuse",
                         start);
          }
        }
        return decoder.value();
    }
  }
}

Result<FileHeader> HeaderReader::file() {
  position_ = 0;
  FileHeader header;
  for (const std::uint8_t expected : magic) {
    TRY_ASSIGN(const std::uint8_t found, byte("magic number"));
    if (found != expected) {
      return fault(Code::unsupported, "no VCDIFF file (it would start with D6 C3 C4)",
                   position_ - 1);
    }
  }
  TRY_ASSIGN(const std::uint8_t version, byte("version"));
  header.sdch = version == sdch_version;
  if (version != 0 && (strict_ || !header.sdch)) {
    return fault(Code::unsupported, "version " + bits(version) + " is not supported", 3);
  }
  TRY_ASSIGN(header.indicator, byte("header indicator"));
  const unsigned known =
      strict_ || header.sdch ? 0U : unsigned{has_secondary} | has_code_table | has_app_header;
  if ((header.indicator & ~known) != 0) {
    return fault(Code::unsupported,
                 "header indicator " + bits(header.indicator) +
                     (strict_ ? " is not 0, which updaters refuse" : " has unknown bits"),
                 4);
  }
  if ((header.indicator & has_secondary) != 0) {
    TRY_ASSIGN(const std::uint8_t id, byte("secondary compressor"));
    header.secondary = Secondary{id};
    if (header.secondary != Secondary::djw && header.secondary != Secondary::lzma &&
        header.secondary != Secondary::fgk) {
      return fault(Code::unsupported, "unknown secondary compressor " + std::to_string(id),
                   position_ - 1);
    }
  }
  if ((header.indicator & has_code_table) != 0) {
    return fault(Code::unsupported,
                 "the patch brings its own code table, which is not supported; make it again with "
                 "the default one",
                 position_);
  }
  if ((header.indicator & has_app_header) != 0) {
    const std::uint64_t at = position_;
    TRY_ASSIGN(const std::uint64_t length, number("application header length"));
    if (length > left()) {
      return fault(Code::truncated,
                   "application header length " + std::to_string(length) +
                       " passes the end of the patch (" + std::to_string(left()) + " bytes left)",
                   at);
    }
    header.app_header = {position_, length};
    position_ += length;
  }
  header.length = position_;
  return header;
}

Status HeaderReader::segment(WindowHeader& window) {
  window.segment_at = position_;
  TRY_ASSIGN(window.segment.length, number("source segment length"));
  TRY_ASSIGN(window.segment.offset, number("source segment position"));
  if (!checked_add(window.segment.offset, window.segment.length)) {
    return fault(Code::corrupt, "source segment leaves the 64-bit range", window.segment_at);
  }
  return {};
}

Status HeaderReader::sections(const FileHeader& file, WindowHeader& window,
                              std::uint64_t encoding_end) {
  std::array<std::uint64_t, section_count> fields{};
  for (std::size_t i = 0; i < section_count; ++i) {
    fields[i] = position_;
    TRY_ASSIGN(window.sections[i].length, number(length_names[i]));
  }
  if ((window.indicator & window_checksum) != 0) {
    window.checksum_at = position_;
    if (file.sdch) {
      TRY_ASSIGN(const std::uint64_t value, number("checksum"));
      const auto narrow = checked_cast<std::uint32_t>(value);
      if (!narrow) {
        return fault(Code::corrupt, "checksum has more than 32 bits", window.checksum_at);
      }
      window.checksum = *narrow;
    } else {
      std::uint32_t value = 0;
      for (int i = 0; i < 4; ++i) {
        TRY_ASSIGN(const std::uint8_t next, byte("checksum"));
        value = value << 8 | next;
      }
      window.checksum = value;
    }
  }
  if (position_ > encoding_end) {
    return fault(Code::corrupt, "the window's fields pass the length of its delta encoding",
                 encoding_end);
  }
  std::uint64_t room = encoding_end - position_;
  for (std::size_t i = 0; i < section_count; ++i) {
    Extent& section = window.sections[i];
    section.offset = position_;
    if (section.length > room) {
      return fault(Code::corrupt,
                   std::string(length_names[i]) + " " + std::to_string(section.length) +
                       " passes the end of the delta encoding (" + std::to_string(room) +
                       " bytes left)",
                   fields[i]);
    }
    position_ += section.length;
    room -= section.length;
  }
  if (room != 0) {
    return fault(
        Code::corrupt,
        "the sections end " + std::to_string(room) + " bytes before the end of the delta encoding",
        fields[0]);
  }
  window.interleaved =
      file.sdch && window.sections[0].length == 0 && window.sections[2].length == 0;
  return {};
}

Result<WindowHeader> HeaderReader::window(const FileHeader& file, std::uint64_t start) {
  position_ = start;
  padded_ = false;
  WindowHeader window;
  window.start = start;
  TRY_ASSIGN(window.indicator, byte("window indicator"));
  const unsigned known =
      strict_ ? unsigned{window_source} : unsigned{window_source} | window_target | window_checksum;
  if ((window.indicator & ~known) != 0) {
    return fault(Code::unsupported,
                 "window indicator " + bits(window.indicator) +
                     (strict_ ? " has bits that updaters refuse" : " has unknown bits"),
                 start);
  }
  constexpr unsigned both = unsigned{window_source} | window_target;
  if ((window.indicator & both) == both) {
    return fault(Code::corrupt, "window indicator names both the source and the target", start);
  }
  if ((window.indicator & both) != 0) {
    TRY(segment(window));
  }
  const std::uint64_t length_at = position_;
  TRY_ASSIGN(const std::uint64_t encoding, number("length of the delta encoding"));
  if (encoding > left()) {
    return fault(Code::truncated,
                 "length of the delta encoding " + std::to_string(encoding) +
                     " passes the end of the patch (" + std::to_string(left()) + " bytes left)",
                 length_at);
  }
  window.end = position_ + encoding;
  window.target_length_at = position_;
  TRY_ASSIGN(window.target_length, number("target window length"));
  if (window.target_length > most_window) {
    return fault(Code::limit,
                 "target window length " + std::to_string(window.target_length) +
                     " is above the supported " + std::to_string(most_window) +
                     "; make the patch again with smaller windows",
                 window.target_length_at);
  }
  const std::uint64_t delta_at = position_;
  TRY_ASSIGN(window.delta_indicator, byte("delta indicator"));
  const unsigned packable = file.secondary == Secondary::none ? 0U : 7U;
  if ((window.delta_indicator & ~packable) != 0) {
    return fault(
        Code::corrupt,
        "delta indicator " + bits(window.delta_indicator) +
            (packable == 0 ? ", but the patch names no secondary compressor" : " has unknown bits"),
        delta_at);
  }
  if (window.delta_indicator != 0 && file.secondary != Secondary::lzma) {
    return fault(Code::unsupported,
                 std::string("secondary compression ") +
                     (file.secondary == Secondary::djw ? "DJW" : "FGK") +
                     " is not supported; make the patch again with xdelta3 -S lzma or -S none",
                 delta_at);
  }
  TRY(sections(file, window, window.end));
  window.padded = padded_;
  return window;
}

}  // namespace kerf::vcdiff
