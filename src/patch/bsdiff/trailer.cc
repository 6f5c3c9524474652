#include "patch/bsdiff/trailer.h"

#include <algorithm>

#include "io/hash_source.h"

namespace kerf::bsdiff {

namespace {

constexpr std::string_view head_magic = "KERFTRL1";
constexpr std::string_view tail_magic = "1LRTFREK";
constexpr std::uint32_t flag_signed = 1;
constexpr std::size_t fields_size = 8 + 4 + 4 + 3 * (8 + 32);
constexpr std::size_t signature_size = 8 + 64;
constexpr std::size_t footer_size = 8 + 4 + 8;  // check, length, magic
constexpr std::size_t plain_size = fields_size + footer_size;

std::size_t size_of(const Trailer& trailer) {
  return plain_size + (trailer.signature ? signature_size : 0);
}

void put_id(ByteWriter& out, const BlobId& id) {
  out.le64(id.size);
  out.bytes(id.sha256);
}

BlobId get_id(ByteReader& in) {
  BlobId id;
  id.size = in.le64();
  const Bytes digest = in.take(id.sha256.size());
  std::copy(digest.begin(), digest.end(), id.sha256.begin());
  return id;
}

}  // namespace

std::vector<std::uint8_t> signed_part(const Trailer& trailer) {
  ByteWriter out;
  out.bytes(as_bytes(head_magic));
  out.le32(static_cast<std::uint32_t>(size_of(trailer)));
  out.le32(trailer.signature ? flag_signed : 0);
  put_id(out, trailer.body);
  put_id(out, trailer.old_id);
  put_id(out, trailer.new_id);
  return std::move(out).take();
}

std::vector<std::uint8_t> encode_trailer(const Trailer& trailer) {
  ByteWriter out;
  out.bytes(signed_part(trailer));
  if (trailer.signature) {
    out.bytes(trailer.signature->key_id);
    out.bytes(trailer.signature->signature);
  }
  const Sha256 check = sha256(out.view());
  out.bytes(Bytes(check).first(8));
  out.le32(static_cast<std::uint32_t>(size_of(trailer)));
  out.bytes(as_bytes(tail_magic));
  return std::move(out).take();
}

Result<std::optional<Trailer>> find_trailer(const Source& patch) {
  std::array<std::uint8_t, 12> footer{};
  if (patch.size() < plain_size) {
    return std::optional<Trailer>();
  }
  TRY(patch.read_at(patch.size() - footer.size(), footer));
  if (!std::ranges::equal(Bytes(footer).subspan(4), as_bytes(tail_magic))) {
    return std::optional<Trailer>();
  }
  const std::uint32_t length = load_le32(footer.data());
  const std::uint64_t length_at = patch.size() - footer.size();
  if ((length != plain_size && length != plain_size + signature_size) || length > patch.size()) {
    return Error(Code::corrupt, "trailer length " + std::to_string(length) + " is impossible")
        .at(length_at)
        .in("trailer");
  }
  const std::uint64_t start = patch.size() - length;
  std::vector<std::uint8_t> bytes(length);
  TRY(patch.read_at(start, bytes));
  const Sha256 check = sha256(Bytes(bytes).first(length - footer_size));
  if (!std::ranges::equal(Bytes(check).first(8), Bytes(bytes).subspan(length - footer_size, 8))) {
    return Error(Code::corrupt, "the trailer is damaged: its checksum differs")
        .at(start)
        .in("trailer");
  }
  ByteReader in(bytes, start);
  const Bytes magic = in.take(head_magic.size());
  const std::uint32_t stated = in.le32();
  const std::uint32_t flags = in.le32();
  Trailer trailer;
  trailer.body = get_id(in);
  trailer.old_id = get_id(in);
  trailer.new_id = get_id(in);
  const bool is_signed = length == plain_size + signature_size;
  if (is_signed) {
    trailer.signature.emplace();
    const Bytes key = in.take(trailer.signature->key_id.size());
    std::copy(key.begin(), key.end(), trailer.signature->key_id.begin());
    const Bytes signature = in.take(trailer.signature->signature.size());
    std::copy(signature.begin(), signature.end(), trailer.signature->signature.begin());
  }
  TRY(in.status());
  if (!std::ranges::equal(magic, as_bytes(head_magic)) || stated != length ||
      flags != (is_signed ? flag_signed : 0)) {
    return Error(Code::unsupported, "a trailer of another version").at(start).in("trailer");
  }
  if (trailer.body.size != start) {
    return Error(Code::mismatch, "the trailer describes a patch of " +
                                     std::to_string(trailer.body.size) + " bytes, but it follows " +
                                     std::to_string(start))
        .at(start + 16)
        .in("trailer");
  }
  return std::optional<Trailer>(std::move(trailer));
}

Status check_body(const Source& patch, const Trailer& trailer) {
  const SliceSource body(patch, 0, trailer.body.size);
  TRY_ASSIGN(const BlobId id, identify(body, nullptr));
  if (id != trailer.body) {
    return Error(Code::mismatch, "the patch is damaged: its SHA-256 is not the one in its trailer");
  }
  return {};
}

}  // namespace kerf::bsdiff
