#include "container/zip/zip.h"

#include <algorithm>
#include <array>

#include "container/tiler.h"
#include "container/zip/directory.h"

namespace kerf::container {

namespace {

constexpr std::uint32_t kLocalMagic = 0x04034B50;
constexpr std::uint32_t kDescriptorMagic = 0x08074B50;
constexpr std::size_t kLocal = 30;
constexpr std::uint16_t kEncrypted = 0x0001;
constexpr std::uint16_t kHasDescriptor = 0x0008;
constexpr std::string_view kSigningMagic = "APK Sig Block 42";

std::optional<CodecId> codec_of(const ZipMember& member) {
  if ((member.flags & kEncrypted) != 0 || member.packed == 0) {
    return std::nullopt;
  }
  switch (member.method) {
    case 8:
      return CodecId::deflate;
    case 12:
      return CodecId::bzip2;
    case 95:
      return CodecId::xz;
    default:
      return std::nullopt;  // stored, or not known to this build
  }
}

// The local header in front of a member's data: it must speak of the same member, as Android asks
// too, else two readers would see two archives.
Result<Extent> read_local_header(const Source& file, const ZipMember& member, std::uint64_t end) {
  std::array<std::uint8_t, kLocal> fixed{};
  if (!Extent{member.header, kLocal}.within(end)) {
    return beyond_end("a local header", member.header);
  }
  TRY(file.read_at(member.header, fixed));
  const std::size_t name_length = load_le16(&fixed[26]);
  const std::size_t length = kLocal + name_length + load_le16(&fixed[28]);
  if (load_le32(fixed.data()) != kLocalMagic || !Extent{member.header, length}.within(end)) {
    return Error(Code::corrupt, "there is no local header").at(member.header);
  }
  std::vector<std::uint8_t> name(name_length);
  TRY(file.read_at(member.header + kLocal, name));
  if (load_le16(&fixed[8]) != member.method ||
      !std::equal(name.begin(), name.end(), member.name.begin(), member.name.end(),
                  [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); })) {
    return Error(Code::corrupt, "local header and central directory contradict each other")
        .at(member.header);
  }
  return Extent{member.header, length};
}

// Length of the data descriptor at `at`: with or without magic, sizes in 32 or 64 bits. 0 if
// nothing there fits the member; then the bytes are left to the gaps.
Result<std::size_t> descriptor_length(const Source& file, const ZipMember& member, std::uint64_t at,
                                      std::uint64_t end) {
  std::array<std::uint8_t, 24> bytes{};
  const auto length =
      static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), end - std::min(at, end)));
  TRY(file.read_at(at, MutBytes(bytes).first(length)));
  for (const std::size_t magic : {4U, 0U}) {
    if (magic == 4 && load_le32(bytes.data()) != kDescriptorMagic) {
      continue;
    }
    const std::uint8_t* fields = &bytes[magic];
    if (load_le32(fields) != member.crc32) {
      continue;
    }
    if (length >= magic + 20 && load_le64(fields + 4) == member.packed &&
        load_le64(fields + 12) == member.unpacked) {
      return magic + 20;
    }
    if (length >= magic + 12 && load_le32(fields + 4) == (member.packed & 0xFFFFFFFF) &&
        load_le32(fields + 8) == (member.unpacked & 0xFFFFFFFF)) {
      return magic + 12;
    }
  }
  return std::size_t{0};
}

Status add_member(const Source& file, const ZipMember& member, std::uint64_t end, Tiler& tiler) {
  TRY_ASSIGN(const Extent local, read_local_header(file, member, end));
  const Extent data{local.offset + local.length, member.packed};
  if (!data.within(end)) {
    return Error(Code::corrupt, "the data of a member reach into the central directory")
        .at(member.header);
  }
  std::vector<Extent> headers{local};
  if ((member.flags & kHasDescriptor) != 0) {
    const std::uint64_t at = data.offset + data.length;
    TRY_ASSIGN(const std::size_t length, descriptor_length(file, member, at, end));
    headers.push_back({at, length});
  }
  const std::string path = member_path(as_bytes(member.name));
  TRY(tiler.header(path, std::move(headers)));
  const auto codec = codec_of(member);
  return tiler.add(
      {path, Role::content, codec, {data}, codec ? std::optional(member.unpacked) : std::nullopt});
}

// Android's signatures of the whole file: right in front of the central directory.
Result<Extent> signing_block(const Source& file, std::uint64_t directory) {
  std::array<std::uint8_t, 24> footer{};  // size, magic
  if (directory < footer.size() + 8) {
    return Extent{};
  }
  TRY(file.read_at(directory - footer.size(), footer));
  const std::uint64_t size = load_le64(footer.data());  // without the field in front
  if (!std::equal(kSigningMagic.begin(), kSigningMagic.end(), footer.begin() + 8) ||
      size < footer.size() || size > directory - 8) {
    return Extent{};
  }
  std::array<std::uint8_t, 8> front{};
  TRY(file.read_at(directory - size - 8, front));
  return load_le64(front.data()) == size ? Extent{directory - size - 8, size + 8} : Extent{};
}

class Zip final : public Container {
 public:
  std::string_view name() const override { return "zip"; }

  Result<unsigned> probe(const Source& file) const override {
    TRY_ASSIGN(unsigned bits, probe_zip_end(file));
    std::array<std::uint8_t, 4> magic{};
    if (bits > 0) {
      TRY(file.read_at(0, magic));
      // An archive of its own; else one behind something else, which may know better.
      bits = load_le32(magic.data()) == kLocalMagic ? 32 + bits : 16;
    }
    return bits;
  }

  Result<std::vector<Entry>> entries(const Source& file, const Limits& limits) const override {
    TRY_ASSIGN(ZipDirectory directory, read_zip_directory(file, limits));
    Tiler tiler(file.size(), limits);
    const std::uint64_t end = directory.records.offset;
    std::uint64_t first = end;
    for (const ZipMember& member : directory.members) {
      first = std::min(first, member.header);
      TRY(add_member(file, member, end, tiler));
    }
    TRY_ASSIGN(const Extent signature, signing_block(file, end));
    TRY(tiler.header("APK signing block", {signature}));
    if (first > 0 && !directory.members.empty()) {
      TRY(tiler.content("prepended data", {0, first}));
    }
    TRY(tiler.header("central directory", {directory.records}));
    TRY(tiler.header("end of central directory", {directory.end}));
    return tiler.finish();
  }
};

}  // namespace

const Container& zip() {
  static const Zip container;
  return container;
}

}  // namespace kerf::container
