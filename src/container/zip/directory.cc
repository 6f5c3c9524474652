#include "container/zip/directory.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace kerf::container {

namespace {

constexpr std::uint32_t kEndMagic = 0x06054B50;
constexpr std::uint32_t kLocatorMagic = 0x07064B50;
constexpr std::uint32_t kEnd64Magic = 0x06064B50;
constexpr std::uint32_t kRecordMagic = 0x02014B50;
constexpr std::size_t kEnd = 22;
constexpr std::size_t kLocator = 20;
constexpr std::size_t kEnd64 = 56;
constexpr std::size_t kRecord = 46;
constexpr std::size_t kMostComment = 65535;

// What the end records say.
struct End {
  std::uint64_t position = 0;  // of the first of them
  std::uint64_t members = 0;
  std::uint64_t size = 0;    // of the central directory
  std::uint64_t offset = 0;  // of it, as written
};

// Where the end record is; nothing if there is none. Code::corrupt if it could be in two places.
Result<std::optional<std::uint64_t>> find_end(const Source& file) {
  if (file.size() < kEnd) {
    return std::optional<std::uint64_t>();
  }
  const auto length =
      static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), kEnd + kMostComment));
  const std::uint64_t start = file.size() - length;
  std::vector<std::uint8_t> tail(length);
  TRY(file.read_at(start, tail));
  std::optional<std::uint64_t> found;
  for (std::size_t at = 0; at + kEnd <= tail.size(); ++at) {
    if (load_le32(&tail[at]) != kEndMagic || load_le16(&tail[at + 20]) != tail.size() - at - kEnd) {
      continue;
    }
    if (found) {
      return Error(Code::corrupt,
                   "two end records fit the file, and which of them counts depends "
                   "on the reader")
          .at(start + at);
    }
    found = start + at;
  }
  return found;
}

Result<End> read_end(const Source& file, std::uint64_t position) {
  std::array<std::uint8_t, kEnd> bytes{};
  TRY(file.read_at(position, bytes));
  ByteReader in(bytes, position);
  in.skip(4);
  const bool one_disk = in.le16() == 0 && in.le16() == 0;
  const std::uint16_t here = in.le16();
  End end{position, in.le16(), 0, 0};
  end.size = in.le32();
  end.offset = in.le32();
  std::array<std::uint8_t, kLocator> locator{};
  const bool may_be_64 =
      here == 0xFFFF || end.members == 0xFFFF || end.size == 0xFFFFFFFF || end.offset == 0xFFFFFFFF;
  if (may_be_64 && position >= kLocator) {
    TRY(file.read_at(position - kLocator, locator));
  }
  if (load_le32(locator.data()) != kLocatorMagic) {
    if (!one_disk || here != end.members) {
      return Error(Code::unsupported, "an archive over several disks").at(position);
    }
    return end;
  }
  std::array<std::uint8_t, kEnd64> record{};
  const std::uint64_t at = load_le64(&locator[8]);
  if (!Extent{at, kEnd64 + kLocator}.within(position)) {
    return Error(Code::corrupt, "the zip64 end record is not where it should be")
        .at(position - kLocator);
  }
  TRY(file.read_at(at, record));
  const std::uint64_t size = load_le64(&record[4]);  // of what follows this field
  if (load_le32(record.data()) != kEnd64Magic || size < kEnd64 - 12 ||
      size != position - kLocator - at - 12) {
    return Error(Code::corrupt, "the zip64 end record is damaged").at(at);
  }
  if (load_le32(&record[16]) != 0 || load_le32(&record[20]) != 0 ||
      load_le64(&record[24]) != load_le64(&record[32])) {
    return Error(Code::unsupported, "an archive over several disks").at(at);
  }
  return End{at, load_le64(&record[32]), load_le64(&record[40]), load_le64(&record[48])};
}

// Fields of 32 bits that are all ones stand in the zip64 extra field, in this order.
Status read_zip64(Bytes extra, std::uint64_t at, ZipMember& member) {
  std::array<std::uint64_t*, 3> wanted{};
  std::size_t count = 0;
  for (std::uint64_t* field : {&member.unpacked, &member.packed, &member.header}) {
    if (*field == 0xFFFFFFFF) {
      wanted[count++] = field;
    }
  }
  ByteReader in(extra, at);
  while (count > 0 && in.remaining() >= 4) {
    const std::uint16_t id = in.le16();
    const std::size_t length = in.le16();
    ByteReader field(in.take(length), in.offset() - length);
    if (id != 1) {
      continue;
    }
    for (std::size_t i = 0; i < count; ++i) {
      *wanted[i] = field.le64();
    }
    TRY(field.status());
    member.zip64 = true;
    return {};
  }
  return in.status();  // without one, 4 GiB less a byte is meant
}

Result<ZipMember> read_member(BufferedReader& reader) {
  std::array<std::uint8_t, kRecord> fixed{};
  const std::uint64_t position = reader.position();
  TRY(reader.read(fixed));
  ByteReader in(fixed, position);
  ZipMember member;
  const std::uint32_t magic = in.le32();
  in.skip(4);
  member.flags = in.le16();
  member.method = in.le16();
  in.skip(4);
  member.crc32 = in.le32();
  member.packed = in.le32();
  member.unpacked = in.le32();
  const std::size_t name_length = in.le16();
  const std::size_t extra_length = in.le16();
  const std::size_t comment_length = in.le16();
  const std::uint16_t disk = in.le16();
  in.skip(6);
  member.header = in.le32();
  if (magic != kRecordMagic) {
    return Error(Code::corrupt, "the central directory is damaged").at(position);
  }
  if (disk != 0 && disk != 0xFFFF) {
    return Error(Code::unsupported, "an archive over several disks").at(position);
  }
  std::vector<std::uint8_t> rest(name_length + extra_length + comment_length);
  TRY(reader.read(rest));
  member.name.assign(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(name_length));
  TRY(read_zip64(Bytes(rest).subspan(name_length, extra_length), position + kRecord + name_length,
                 member));
  return member;
}

}  // namespace

Result<unsigned> probe_zip_end(const Source& file) {
  // Nearly all archives have no comment: one small read tells.
  std::array<std::uint8_t, kEnd> last{};
  if (file.size() < kEnd) {
    return 0U;
  }
  TRY(file.read_at(file.size() - kEnd, last));
  if (load_le32(last.data()) == kEndMagic && load_le16(&last[20]) == 0) {
    return 48U;
  }
  auto end = find_end(file);
  if (!end) {
    if (end.error().code() == Code::corrupt) {
      return 32U;  // reading it will say why not
    }
    return std::move(end).error();
  }
  return *end ? 48U : 0U;
}

Result<ZipDirectory> read_zip_directory(const Source& file, const Limits& limits) {
  TRY_ASSIGN(const auto found, find_end(file));
  if (!found) {
    return Error(Code::corrupt, "there is no end record").at(file.size());
  }
  TRY_ASSIGN(const End end, read_end(file, *found));
  if (end.size > end.position || end.offset > end.position - end.size) {
    return Error(Code::corrupt, "the central directory reaches beyond the end records")
        .at(end.position);
  }
  ZipDirectory directory;
  directory.records = {end.position - end.size, end.size};
  directory.end = {end.position, file.size() - end.position};
  // What somebody has put in front of the archive, a program that unpacks it for instance.
  const std::uint64_t prefix = directory.records.offset - end.offset;
  const SliceSource head(file, 0, end.position);
  BufferedReader reader(head, std::size_t{64} << 10);
  reader.seek(directory.records.offset);
  std::uint64_t memory = 0;
  for (std::uint64_t i = 0; i < end.members; ++i) {
    TRY_ASSIGN(ZipMember member, read_member(reader));
    if (member.header > directory.records.offset - prefix) {
      return Error(Code::corrupt, "the local header of a member is behind the central directory")
          .at(reader.position());
    }
    member.header += prefix;
    memory += sizeof(ZipMember) + member.name.size();
    if (memory > limits.memory) {
      return Error(Code::limit, "its central directory needs more than the " +
                                    std::to_string(limits.memory) + " bytes of memory allowed")
          .at(reader.position());
    }
    directory.members.push_back(std::move(member));
  }
  if (reader.position() != end.position) {
    return Error(Code::corrupt, "the central directory has not the size that its end record states")
        .at(reader.position());
  }
  return directory;
}

}  // namespace kerf::container
