#include "agent/archive/apk_signature.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/extent.h"

namespace kerf::agent {

namespace {

constexpr std::uint64_t end_record_size = 22;
constexpr std::uint64_t longest_comment = 65535;
constexpr std::uint64_t most_block = std::uint64_t{8} << 20;
constexpr std::uint64_t footer_size = 24;  // the size once more, and the magic
constexpr std::string_view magic = "APK Sig Block 42";
constexpr std::size_t chunk_size = std::size_t{1} << 20;

constexpr std::uint32_t scheme_v2 = 0x7109871a;
constexpr std::uint32_t scheme_v3 = 0xf05368c0;
constexpr std::uint32_t scheme_v31 = 0x1b93ad61;

// The hash behind a signature algorithm of the schemes; null for those that hash another way
// (fs-verity trees) and those of the future.
const EVP_MD* hash_of(std::uint32_t algorithm) {
  switch (algorithm) {
    case 0x0101:  // RSASSA-PSS
    case 0x0103:  // RSASSA-PKCS1-v1_5
    case 0x0201:  // ECDSA
    case 0x0301:  // DSA
      return ::EVP_sha256();
    case 0x0102:
    case 0x0104:
    case 0x0202:
      return ::EVP_sha512();
    default:
      return nullptr;
  }
}

struct Layout {
  std::uint64_t block = 0;      // where the signature block begins
  std::uint64_t directory = 0;  // where the central directory begins
  std::uint64_t end = 0;        // where the end record begins
};

struct Digest {
  std::uint32_t algorithm = 0;
  Bytes value;
};

using Hash = std::vector<std::uint8_t>;

// One incremental hash of the kind that `md` says.
class Hasher {
 public:
  explicit Hasher(const EVP_MD* md) : context_(::EVP_MD_CTX_new(), ::EVP_MD_CTX_free), md_(md) {
    begin();
  }
  void begin() {
    good_ = context_ != nullptr && ::EVP_DigestInit_ex(context_.get(), md_, nullptr) == 1;
  }
  void update(Bytes bytes) {
    good_ = good_ && ::EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
  }
  Result<Hash> finish() {
    Hash hash(static_cast<std::size_t>(::EVP_MD_get_size(md_)));
    if (!good_ || ::EVP_DigestFinal_ex(context_.get(), hash.data(), nullptr) != 1) {
      return Error(Code::bug, "the crypto library does not hash");
    }
    return hash;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
  const EVP_MD* md_;
  bool good_ = false;
};

std::array<std::uint8_t, 5> prefix(std::uint8_t tag, std::uint64_t number) {
  std::array<std::uint8_t, 5> bytes{tag};
  store_le32(bytes.data() + 1, static_cast<std::uint32_t>(number));
  return bytes;
}

// A part of the block: a ByteReader with the lengths of this format.
class Fields {
 public:
  Fields(Bytes bytes, std::uint64_t offset) : reader_(bytes, offset) {}
  bool empty() const { return reader_.remaining() == 0; }
  std::uint64_t offset() const { return reader_.offset(); }
  bool good() const { return reader_.status().has_value(); }
  std::uint32_t number() { return reader_.le32(); }
  // A part with its length in front: four bytes, or eight.
  Fields part() { return sized(reader_.le32()); }
  Fields long_part() { return sized(reader_.le64()); }
  Bytes rest() { return reader_.take(reader_.remaining()); }

 private:
  Fields sized(std::uint64_t length) {
    const std::uint64_t at = offset();
    const bool fits = length <= reader_.remaining();
    return {reader_.take(fits ? static_cast<std::size_t>(length) : reader_.remaining() + 1), at};
  }
  ByteReader reader_;
};

Error malformed(std::uint64_t offset) {
  return Error(Code::corrupt, "APK Signature Block: a length passes its end").at(offset);
}

// The digests of all signers of a scheme; the schemes agree as far as this is read.
Status read_signers(Fields scheme, std::vector<Digest>& digests) {
  Fields signers = scheme.part();
  while (scheme.good() && !signers.empty() && signers.good()) {
    Fields signer = signers.part();
    Fields signed_data = signer.part();
    Fields list = signed_data.part();
    while (!list.empty() && list.good()) {
      Fields entry = list.part();
      const std::uint32_t algorithm = entry.number();
      Fields value = entry.part();
      if (!entry.good() || !list.good()) {
        return malformed(list.offset());
      }
      digests.push_back({algorithm, value.rest()});
    }
    if (!signer.good() || !signed_data.good() || !list.good()) {
      return malformed(signers.offset());
    }
  }
  return scheme.good() && signers.good() ? Status() : Status(malformed(scheme.offset()));
}

// The digests of the newest scheme in the block; nothing if no scheme is in it.
Result<std::vector<Digest>> read_block(Bytes pairs, std::uint64_t offset) {
  std::vector<Digest> digests;
  Fields fields(pairs, offset);
  while (!fields.empty()) {
    const std::uint64_t at = fields.offset();
    Fields pair = fields.long_part();
    const std::uint32_t id = pair.number();
    if (!fields.good() || !pair.good()) {
      return malformed(at);
    }
    if (id == scheme_v2 || id == scheme_v3 || id == scheme_v31) {
      TRY(read_signers(pair, digests));
    }
  }
  return digests;
}

Result<std::vector<std::uint8_t>> read_part(const Source& source, std::uint64_t offset,
                                            std::uint64_t length) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(length));
  TRY(source.read_at(offset, bytes));
  return bytes;
}

// Finds the end record, the directory and the block. `block` == `directory`: there is no block.
Result<Layout> find_layout(const Source& apk) {
  const std::uint64_t size = apk.size();
  const std::uint64_t tail = std::min(size, end_record_size + longest_comment);
  TRY_ASSIGN(const auto bytes, read_part(apk, size - tail, tail));
  const std::uint64_t most = tail < end_record_size ? 0 : tail - end_record_size + 1;
  for (std::uint64_t back = 0; back < most; ++back) {
    const std::uint8_t* record = bytes.data() + (tail - end_record_size - back);
    if (load_le32(record) != 0x06054b50 || load_le16(record + 20) != back) {
      continue;
    }
    Layout layout{.end = size - end_record_size - back};
    layout.directory = load_le32(record + 16);
    if (layout.directory + load_le32(record + 12) != layout.end) {
      return Error(Code::corrupt, "ZIP: the central directory does not end at the end record")
          .at(layout.end);
    }
    layout.block = layout.directory;
    return layout;
  }
  return Error(Code::corrupt, "ZIP: no end record");
}

// The block's pairs, and where it begins (into `layout`).
Result<std::vector<std::uint8_t>> find_block(const Source& apk, Layout& layout) {
  if (layout.directory < footer_size + 8) {
    return std::vector<std::uint8_t>();
  }
  TRY_ASSIGN(const auto footer, read_part(apk, layout.directory - footer_size, footer_size));
  if (!std::equal(magic.begin(), magic.end(), footer.begin() + 8)) {
    return std::vector<std::uint8_t>();
  }
  const std::uint64_t size = load_le64(footer.data());  // without the first copy of itself
  const std::uint64_t size_at = layout.directory - footer_size;
  if (size < footer_size || size > most_block || size + 8 > layout.directory) {
    return Error(Code::corrupt, "APK Signature Block: impossible size").at(size_at);
  }
  layout.block = layout.directory - size - 8;
  TRY_ASSIGN(auto block, read_part(apk, layout.block, size + 8 - footer_size));
  if (load_le64(block.data()) != size) {
    return Error(Code::corrupt, "APK Signature Block: its two sizes differ").at(layout.block);
  }
  block.erase(block.begin(), block.begin() + 8);
  return block;
}

// The digest of digests of 1 MiB chunks over everything but the block.
Result<Hash> contents_digest(const Source& apk, const Layout& layout, const EVP_MD* md) {
  const std::array<Extent, 2> parts{Extent{0, layout.block},
                                    Extent{layout.directory, layout.end - layout.directory}};
  Hasher chunk(md);
  Hash all;
  std::uint64_t chunks = 0;
  const auto add = [&](Bytes bytes) -> Status {
    chunk.begin();
    chunk.update(prefix(0xa5, bytes.size()));
    chunk.update(bytes);
    TRY_ASSIGN(const Hash hash, chunk.finish());
    all.insert(all.end(), hash.begin(), hash.end());
    ++chunks;
    return {};
  };
  std::vector<std::uint8_t> buffer(chunk_size);
  for (const Extent& part : parts) {
    for (std::uint64_t done = 0; done < part.length;) {
      const auto count =
          static_cast<std::size_t>(std::min<std::uint64_t>(chunk_size, part.length - done));
      const MutBytes bytes(buffer.data(), count);
      TRY(apk.read_at(part.offset + done, bytes));
      TRY(add(bytes));
      done += count;
    }
  }
  // The end record counts as if the block were not there.
  TRY_ASSIGN(auto end, read_part(apk, layout.end, apk.size() - layout.end));
  store_le32(end.data() + 16, static_cast<std::uint32_t>(layout.block));
  TRY(add(end));
  chunk.begin();
  chunk.update(prefix(0x5a, chunks));
  chunk.update(all);
  return chunk.finish();
}

}  // namespace

Result<ApkSignature> check_apk_signature(const Source& apk) {
  TRY_ASSIGN(Layout layout, find_layout(apk));
  TRY_ASSIGN(const auto pairs, find_block(apk, layout));
  if (layout.block == layout.directory) {
    return ApkSignature::none;
  }
  TRY_ASSIGN(const auto digests, read_block(pairs, layout.block + 8));
  std::optional<Hash> sha256_digest;
  std::optional<Hash> sha512_digest;
  bool matched = false;
  for (const Digest& digest : digests) {
    const EVP_MD* md = hash_of(digest.algorithm);
    if (md == nullptr) {
      continue;
    }
    std::optional<Hash>& made = md == ::EVP_sha256() ? sha256_digest : sha512_digest;
    if (!made) {
      TRY_ASSIGN(made, contents_digest(apk, layout, md));
    }
    if (!std::equal(made->begin(), made->end(), digest.value.begin(), digest.value.end())) {
      return Error(Code::mismatch, "the contents are not those that the APK Signature Block signs")
          .at(layout.block);
    }
    matched = true;
  }
  if (!matched) {
    return Error(Code::unsupported, "APK Signature Block: no digest in it that is known here")
        .at(layout.block);
  }
  return ApkSignature::matching;
}

}  // namespace kerf::agent
