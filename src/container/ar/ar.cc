#include "container/ar/ar.h"

#include <algorithm>
#include <array>

#include "container/text_number.h"
#include "container/tiler.h"

namespace kerf::container {

namespace {

constexpr std::string_view kMagic = "!<arch>\n";
constexpr std::size_t kHeader = 60;
constexpr std::uint64_t kMostNames = std::uint64_t{16} << 20;  // bytes of the table of long names
constexpr std::uint64_t kMostName = 4096;                      // bytes of one of BSD's long names

struct Reading {
  const Source& file;
  const Limits& limits;
  Tiler tiler;
  std::vector<std::uint8_t> long_names;  // GNU's table
};

std::string trimmed(Bytes field) {
  std::string text(field.begin(), field.end());
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

// The name behind GNU's "/123".
std::string long_name(const Reading& reading, std::string_view reference) {
  const auto offset = text_number(as_bytes(reference.substr(1)), 10);
  if (!offset || *offset >= reading.long_names.size()) {
    return std::string(reference);  // only a label
  }
  const auto begin = reading.long_names.begin() + static_cast<std::ptrdiff_t>(*offset);
  std::string name(begin, std::find(begin, reading.long_names.end(), std::uint8_t{'\n'}));
  if (name.ends_with('/')) {
    name.pop_back();
  }
  return name;
}

// The member whose header is at `position`; returns where the next one is.
Result<std::uint64_t> read_member(Reading& reading, std::uint64_t position) {
  std::array<std::uint8_t, kHeader> header{};
  TRY(reading.file.read_at(position, header));
  const auto size = text_number(Bytes(header).subspan(48, 10), 10);
  if (header[58] != '`' || header[59] != '\n' || !size) {
    return Error(Code::corrupt, "this is no header of a member").at(position);
  }
  const Extent whole{position + kHeader, *size};
  if (!whole.within(reading.file.size())) {
    return beyond_end("a member", position);
  }
  std::string name = trimmed(Bytes(header).first(16));
  std::uint64_t name_length = 0;  // of a name in front of the content
  Role role = Role::content;
  if (name == "/" || name == "/SYM64/" || name == "__.SYMDEF" || name == "__.SYMDEF SORTED") {
    name = "symbol table";
    role = Role::header;
  } else if (name == "//") {
    if (*size > std::min(kMostNames, reading.limits.memory)) {
      return Error(Code::limit, "a table of long names of " + std::to_string(*size) + " bytes")
          .at(position);
    }
    reading.long_names.resize(static_cast<std::size_t>(*size));
    TRY(reading.file.read_at(whole.offset, reading.long_names));
    name = "long names";
    role = Role::header;
  } else if (name.starts_with("#1/")) {
    const auto length = text_number(as_bytes(name).subspan(3), 10);
    if (!length || *length > *size || *length > kMostName) {
      return Error(Code::corrupt, "the name of a member has an impossible length").at(position);
    }
    name_length = *length;
    std::vector<std::uint8_t> text(static_cast<std::size_t>(name_length));
    TRY(reading.file.read_at(whole.offset, text));
    name = member_path(text);
  } else if (name.size() > 1 && name[0] == '/') {
    name = long_name(reading, name);
  } else if (name.ends_with('/')) {
    name.pop_back();
  }
  name = member_path(as_bytes(name));
  TRY(reading.tiler.header(name, {{position, kHeader + name_length}}));
  TRY(reading.tiler.add(
      {std::move(name), role, {}, {{whole.offset + name_length, *size - name_length}}, {}}));
  const std::uint64_t end = whole.offset + *size;
  return std::min(end + end % 2, reading.file.size());
}

class Ar final : public Container {
 public:
  std::string_view name() const override { return "ar"; }

  Result<unsigned> probe(const Source& file) const override {
    std::array<std::uint8_t, kMagic.size()> magic{};
    if (file.size() < magic.size()) {
      return 0U;
    }
    TRY(file.read_at(0, magic));
    return std::equal(magic.begin(), magic.end(), kMagic.begin()) ? 64U : 0U;
  }

  Result<std::vector<Entry>> entries(const Source& file, const Limits& limits) const override {
    TRY_ASSIGN(const unsigned bits, probe(file));
    if (bits == 0) {
      return Error(Code::corrupt, "the file does not begin with \"!<arch>\"").at(0);
    }
    Reading reading{file, limits, Tiler(file.size(), limits), {}};
    TRY(reading.tiler.header("magic", {{0, kMagic.size()}}));
    std::uint64_t position = kMagic.size();
    while (file.size() - position >= kHeader) {
      TRY_ASSIGN(position, read_member(reading, position));
    }
    return reading.tiler.finish(file, position);
  }
};

}  // namespace

const Container& ar() {
  static const Ar container;
  return container;
}

}  // namespace kerf::container
