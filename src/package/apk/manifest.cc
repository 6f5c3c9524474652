// Android's binary XML: a chunk of chunks. The first element is <manifest>, and its attributes are
// all that is wanted; names and strings are numbers in a pool, and the attributes of Android itself
// are known by resource numbers, because tools that shrink packages drop their names.
#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "base/json.h"
#include "package/apk/apk.h"

namespace kerf::apk {

namespace {

constexpr std::uint16_t xml_chunk = 0x0003;
constexpr std::uint16_t string_pool_chunk = 0x0001;
constexpr std::uint16_t resource_map_chunk = 0x0180;
constexpr std::uint16_t start_element_chunk = 0x0102;
constexpr std::uint32_t utf8_flag = 0x100;
constexpr std::uint32_t no_string = 0xffffffff;

constexpr std::uint32_t version_code_attribute = 0x0101021b;
constexpr std::uint32_t version_name_attribute = 0x0101021c;
constexpr std::uint32_t version_code_major_attribute = 0x01010576;

constexpr std::uint8_t type_reference = 0x01;
constexpr std::uint8_t type_string = 0x03;
constexpr std::uint8_t type_first_integer = 0x10;  // decimal
constexpr std::uint8_t type_last_integer = 0x11;   // hexadecimal

// Longer names and versions no tool makes.
constexpr std::size_t longest_string = 4096;

Error corrupt(std::string what, std::uint64_t at) {
  return Error(Code::corrupt, std::move(what)).at(at).in("AndroidManifest.xml");
}

struct Chunk {
  std::uint16_t type;
  std::uint16_t header_size;
  std::uint64_t offset;  // of the chunk in the manifest
  Bytes bytes;           // all of it, header included
};

// The chunk that starts at `offset`; it lies inside `whole`.
Result<Chunk> read_chunk(Bytes whole, std::uint64_t offset) {
  ByteReader reader(whole.subspan(offset), offset);
  Chunk chunk{};
  chunk.type = reader.le16();
  chunk.header_size = reader.le16();
  const std::uint32_t size = reader.le32();
  TRY(reader.status());
  if (chunk.header_size < 8 || size < chunk.header_size || size > whole.size() - offset) {
    return corrupt("a chunk of " + std::to_string(size) + " bytes, of which " +
                       std::to_string(chunk.header_size) +
                       " are its header, cannot stand here: the file is damaged or cut short",
                   offset);
  }
  chunk.offset = offset;
  chunk.bytes = whole.subspan(offset, size);
  return chunk;
}

void append_utf8(std::string& text, std::uint32_t point) {
  if (point < 0x80) {
    text += static_cast<char>(point);
    return;
  }
  const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  static constexpr std::uint8_t leads[] = {0, 0xc0, 0xe0, 0xf0};
  text += static_cast<char>(leads[more] | point >> (6 * more));
  for (int i = more - 1; i >= 0; --i) {
    text += static_cast<char>(0x80 | (point >> (6 * i) & 0x3f));
  }
}

class StringPool {
 public:
  static Result<StringPool> read(const Chunk& chunk) {
    ByteReader reader(chunk.bytes.subspan(8), chunk.offset + 8);
    StringPool pool(chunk);
    pool.count_ = reader.le32();
    reader.skip(4);  // number of styles
    pool.utf8_ = (reader.le32() & utf8_flag) != 0;
    pool.strings_ = reader.le32();
    TRY(reader.status());
    const std::uint64_t room = chunk.bytes.size() - chunk.header_size;
    if (pool.count_ > room / 4 || pool.strings_ > chunk.bytes.size()) {
      return corrupt("the string pool says that it holds more than it has room for", chunk.offset);
    }
    return pool;
  }

  Result<std::string> at(std::uint32_t number) const {
    if (number >= count_) {
      return corrupt("string number " + std::to_string(number) + " of only " +
                         std::to_string(count_) + " is referred to",
                     chunk_.offset);
    }
    const std::uint64_t entry = chunk_.header_size + std::uint64_t{4} * number;
    const std::uint64_t start = std::uint64_t{strings_} + load_le32(chunk_.bytes.data() + entry);
    if (start > chunk_.bytes.size()) {
      return corrupt("a string lies outside the string pool", chunk_.offset + entry);
    }
    ByteReader reader(chunk_.bytes.subspan(start), chunk_.offset + start);
    return utf8_ ? read_utf8(reader) : read_utf16(reader);
  }

 private:
  explicit StringPool(const Chunk& chunk) : chunk_(chunk) {}

  static Status check_length(std::uint32_t length, const ByteReader& reader) {
    if (length > longest_string) {
      return corrupt("a string of " + std::to_string(length) + " characters, more than " +
                         std::to_string(longest_string) + ", stands where a name is expected",
                     reader.offset());
    }
    return {};
  }

  static std::uint32_t length8(ByteReader& reader) {
    const std::uint32_t first = reader.u8();
    return (first & 0x80) == 0 ? first : (first & 0x7f) << 8 | reader.u8();
  }

  static Result<std::string> read_utf8(ByteReader& reader) {
    static_cast<void>(length8(reader));  // in UTF-16 units
    const std::uint32_t length = length8(reader);
    TRY(reader.status());
    TRY(check_length(length, reader));
    const Bytes bytes = reader.take(length);
    TRY(reader.status());
    return std::string(bytes.begin(), bytes.end());
  }

  static Result<std::string> read_utf16(ByteReader& reader) {
    std::uint32_t length = reader.le16();
    if ((length & 0x8000) != 0) {
      length = (length & 0x7fff) << 16 | reader.le16();
    }
    TRY(reader.status());
    TRY(check_length(length, reader));
    std::string text;
    for (std::uint32_t i = 0; i < length; ++i) {
      std::uint32_t point = reader.le16();
      if (point >= 0xd800 && point < 0xdc00 && i + 1 < length) {
        const std::uint32_t low = reader.le16();
        ++i;
        if (low < 0xdc00 || low > 0xdfff) {
          return corrupt("half a character in a string", reader.offset());
        }
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
      } else if (point >= 0xd800 && point <= 0xdfff) {
        return corrupt("half a character in a string", reader.offset());
      }
      append_utf8(text, point);
    }
    TRY(reader.status());
    return text;
  }

  Chunk chunk_;
  std::uint32_t count_ = 0;
  std::uint32_t strings_ = 0;
  bool utf8_ = false;
};

struct Attribute {
  std::uint64_t offset = 0;
  std::uint32_t space = no_string;
  std::uint32_t name = no_string;
  std::uint8_t type = 0;
  std::uint32_t data = 0;
};

Result<std::uint32_t> to_integer(const Attribute& attribute, const char* name) {
  if (attribute.type == type_reference) {
    return Error(Code::unsupported,
                 std::string(name) +
                     " is a reference to a resource, which kerf does not follow: "
                     "say the version on the command line")
        .at(attribute.offset)
        .in("AndroidManifest.xml");
  }
  if (attribute.type < type_first_integer || attribute.type > type_last_integer) {
    return corrupt(std::string(name) + " is not a number", attribute.offset);
  }
  return attribute.data;
}

bool is_package_name(const std::string& name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  });
}

// Collects what the attributes of <manifest> say.
class ManifestElement {
 public:
  ManifestElement(const StringPool& strings, Bytes resource_map)
      : strings_(strings), resource_map_(resource_map) {}

  Status take(const Attribute& attribute) {
    switch (resource_of(attribute.name)) {
      case version_code_attribute: {
        TRY_ASSIGN(const std::uint32_t code, to_integer(attribute, "versionCode"));
        code_ = code;
        return {};
      }
      case version_code_major_attribute: {
        TRY_ASSIGN(major_, to_integer(attribute, "versionCodeMajor"));
        return {};
      }
      case version_name_attribute:
        // For people alone; a resource or a number does not matter.
        if (attribute.type == type_string) {
          TRY_ASSIGN(identity_.version_name, strings_.at(attribute.data));
        }
        return {};
      default: {
        if (attribute.space != no_string) {
          return {};
        }
        TRY_ASSIGN(const std::string name, strings_.at(attribute.name));
        if (name != "package") {
          return {};
        }
        if (attribute.type != type_string) {
          return corrupt("the package name is not a string", attribute.offset);
        }
        TRY_ASSIGN(identity_.name, strings_.at(attribute.data));
        if (!is_package_name(identity_.name)) {
          return corrupt(in_quotes(identity_.name) + " is no Android package name",
                         attribute.offset);
        }
        return {};
      }
    }
  }

  Result<Identity> finish(std::uint64_t offset) && {
    if (identity_.name.empty()) {
      return corrupt("<manifest> names no package", offset);
    }
    if (!code_) {
      return corrupt("<manifest> has no versionCode", offset);
    }
    identity_.version_code = std::uint64_t{major_} << 32 | *code_;
    return std::move(identity_);
  }

 private:
  // 0 if the name is none of Android's own.
  std::uint32_t resource_of(std::uint32_t name) const {
    return name < resource_map_.size() / 4 ? load_le32(resource_map_.data() + std::size_t{4} * name)
                                           : 0;
  }
  const StringPool& strings_;
  Bytes resource_map_;
  Identity identity_;
  std::optional<std::uint32_t> code_;
  std::uint32_t major_ = 0;
};

Result<Identity> read_element(const Chunk& chunk, const StringPool& strings, Bytes resource_map) {
  ByteReader reader(chunk.bytes.subspan(8), chunk.offset + 8);
  reader.skip(8);  // line number, comment
  reader.skip(4);  // namespace
  const std::uint32_t name = reader.le32();
  const std::uint16_t start = reader.le16();  // counted from after line number and comment
  const std::uint16_t size = reader.le16();
  const std::uint16_t count = reader.le16();
  TRY(reader.status());
  TRY_ASSIGN(const std::string element, strings.at(name));
  if (element != "manifest") {
    return corrupt("the first element is " + in_quotes(element) + ", not <manifest>", chunk.offset);
  }
  const std::uint64_t first = std::uint64_t{16} + start;
  if (size < 20 || first > chunk.bytes.size() || count > (chunk.bytes.size() - first) / size) {
    return corrupt("the attributes of <manifest> do not fit into it", chunk.offset);
  }
  ManifestElement manifest(strings, resource_map);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t at = first + i * size;
    ByteReader field(chunk.bytes.subspan(at, size), chunk.offset + at);
    Attribute attribute;
    attribute.offset = chunk.offset + at;
    attribute.space = field.le32();
    attribute.name = field.le32();
    field.skip(4 + 2 + 1);  // raw value; size of the value, a reserved byte
    attribute.type = field.u8();
    attribute.data = field.le32();
    TRY(field.status());
    TRY(manifest.take(attribute));
  }
  return std::move(manifest).finish(chunk.offset);
}

}  // namespace

Result<Identity> parse_manifest(Bytes manifest) {
  TRY_ASSIGN(const Chunk xml, read_chunk(manifest, 0));
  if (xml.type != xml_chunk) {
    return corrupt("this is not Android's binary XML", 0);
  }
  std::optional<StringPool> strings;
  Bytes resource_map;
  for (std::uint64_t at = xml.header_size; at < xml.bytes.size();) {
    TRY_ASSIGN(const Chunk chunk, read_chunk(xml.bytes, at));
    at += chunk.bytes.size();
    if (chunk.type == string_pool_chunk && !strings) {
      TRY_ASSIGN(auto pool, StringPool::read(chunk));
      strings.emplace(std::move(pool));
    } else if (chunk.type == resource_map_chunk) {
      resource_map = chunk.bytes.subspan(chunk.header_size);
    } else if (chunk.type == start_element_chunk) {
      if (!strings) {
        return corrupt("an element stands before the strings", chunk.offset);
      }
      return read_element(chunk, *strings, resource_map);
    }
  }
  return corrupt("there is no <manifest> in it", manifest.size());
}

}  // namespace kerf::apk
