#include "container/elf/elf.h"

#include <algorithm>
#include <array>

#include "container/tiler.h"

namespace kerf::container {

namespace {

constexpr std::uint32_t kNoBits = 8;
constexpr std::uint64_t kMostNames = std::uint64_t{16} << 20;  // bytes of the table of names

// Fields of both sizes and both byte orders. Sticky, like ByteReader.
class Fields {
 public:
  Fields(Bytes bytes, std::uint64_t base, bool wide, bool big)
      : in_(bytes, base), wide_(wide), big_(big) {}
  std::uint16_t half() {
    const std::uint16_t value = in_.le16();
    return big_ ? static_cast<std::uint16_t>(value >> 8 | value << 8) : value;
  }
  std::uint32_t word() {
    const std::uint32_t value = in_.le32();
    return big_ ? __builtin_bswap32(value) : value;
  }
  // An address, offset or size.
  std::uint64_t number() {
    if (!wide_) {
      return word();
    }
    const std::uint64_t value = in_.le64();
    return big_ ? __builtin_bswap64(value) : value;
  }
  void skip(std::size_t length) { in_.skip(length); }
  Status status() const { return in_.status(); }

 private:
  ByteReader in_;
  bool wide_;
  bool big_;
};

struct Header {
  bool wide = false;
  bool big = false;
  Extent own;
  Extent programs;
  std::uint64_t sections = 0;  // where their headers are
  std::uint64_t section_count = 0;
  std::uint64_t section_size = 0;  // of a header
  std::uint64_t names = 0;         // the section with their names
};

struct Section {
  std::uint32_t name = 0;  // offset in the table of names
  std::uint32_t type = 0;
  std::uint32_t link = 0;
  Extent extent;
};

Result<Section> read_section(const Source& file, const Header& header, std::uint64_t index) {
  std::array<std::uint8_t, 64> bytes{};
  const std::uint64_t at = header.sections + index * header.section_size;
  const auto length = static_cast<std::size_t>(header.section_size);
  if (!Extent{at, length}.within(file.size())) {
    return beyond_end("the table of sections", at);
  }
  TRY(file.read_at(at, MutBytes(bytes).first(length)));
  Fields in(bytes, at, header.wide, header.big);
  Section section;
  section.name = in.word();
  section.type = in.word();
  (void)in.number();  // flags
  (void)in.number();  // address
  section.extent.offset = in.number();
  section.extent.length = in.number();
  section.link = in.word();
  TRY(in.status());
  return section;
}

Result<Header> read_header(const Source& file) {
  std::array<std::uint8_t, 64> bytes{};
  const auto have = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), file.size()));
  TRY(file.read_at(0, MutBytes(bytes).first(have)));
  Header header;
  header.wide = bytes[4] == 2;
  header.big = bytes[5] == 2;
  Fields in(Bytes(bytes).first(have), 0, header.wide, header.big);
  in.skip(16 + 2 + 2 + 4);
  (void)in.number();  // entry
  header.programs.offset = in.number();
  header.sections = in.number();
  in.skip(4);
  header.own = {0, in.half()};
  const std::uint64_t program_size = in.half();
  header.programs.length = program_size * in.half();
  header.section_size = in.half();
  header.section_count = in.half();
  header.names = in.half();
  TRY(in.status());
  if (header.own.length != (header.wide ? 64U : 52U)) {
    return Error(Code::corrupt, "the header has an impossible size").at(0);
  }
  if (header.sections == 0) {
    return Error(Code::unsupported, "there is no table of sections").at(0);
  }
  if (header.section_size != (header.wide ? 64U : 40U)) {
    return Error(Code::corrupt, "the headers of sections have an impossible size").at(0);
  }
  if (header.section_count == 0 || header.names == 0xFFFF) {
    // More than 65279 sections: the numbers are in the first.
    TRY_ASSIGN(const Section first, read_section(file, header, 0));
    header.section_count = header.section_count == 0 ? first.extent.length : header.section_count;
    header.names = header.names == 0xFFFF ? first.link : header.names;
  }
  if (header.section_count > file.size() / header.section_size) {
    return beyond_end("the table of sections", header.sections);
  }
  return header;
}

Result<std::vector<std::uint8_t>> read_names(const Source& file, const Header& header,
                                             const Limits& limits) {
  std::vector<std::uint8_t> names;
  if (header.names != 0 && header.names < header.section_count) {
    TRY_ASSIGN(const Section section, read_section(file, header, header.names));
    if (!section.extent.within(file.size())) {
      return beyond_end("the table of names", section.extent.offset);
    }
    if (section.extent.length > std::min(kMostNames, limits.memory)) {
      return Error(Code::limit,
                   "a table of names of " + std::to_string(section.extent.length) + " bytes")
          .at(section.extent.offset);
    }
    names.resize(static_cast<std::size_t>(section.extent.length));
    TRY(file.read_at(section.extent.offset, names));
  }
  return names;
}

class Elf final : public Container {
 public:
  std::string_view name() const override { return "elf"; }
  bool holds_files() const override { return false; }

  Result<unsigned> probe(const Source& file) const override {
    std::array<std::uint8_t, 7> head{};
    if (file.size() < head.size()) {
      return 0U;
    }
    TRY(file.read_at(0, head));
    const bool fits = head[0] == 0x7F && head[1] == 'E' && head[2] == 'L' && head[3] == 'F' &&
                      (head[4] == 1 || head[4] == 2) && (head[5] == 1 || head[5] == 2) &&
                      head[6] == 1;
    return fits ? 54U : 0U;
  }

  Result<std::vector<Entry>> entries(const Source& file, const Limits& limits) const override {
    TRY_ASSIGN(const unsigned bits, probe(file));
    if (bits == 0) {
      return Error(Code::corrupt, "the file does not begin with an ELF header").at(0);
    }
    TRY_ASSIGN(const Header header, read_header(file));
    TRY_ASSIGN(const std::vector<std::uint8_t> names, read_names(file, header, limits));
    Tiler tiler(file.size(), limits);
    TRY(tiler.header("ELF header", {header.own}));
    TRY(tiler.header("program headers", {header.programs}));
    const Extent table{header.sections, header.section_count * header.section_size};
    TRY(tiler.header("section headers", {table}));
    std::uint64_t end = std::max({header.own.length, table.offset + table.length,
                                  header.programs.offset + header.programs.length});
    for (std::uint64_t i = 1; i < header.section_count; ++i) {
      TRY_ASSIGN(const Section section, read_section(file, header, i));
      if (section.type == 0 || section.type == kNoBits || section.extent.length == 0) {
        continue;
      }
      std::string name =
          section.name < names.size() ? member_path(Bytes(names).subspan(section.name)) : "";
      TRY(tiler.content(std::move(name), section.extent));  // checks the extent
      end = std::max(end, section.extent.offset + section.extent.length);
    }
    return tiler.finish(file, end);
  }
};

}  // namespace

const Container& elf() {
  static const Elf container;
  return container;
}

}  // namespace kerf::container
