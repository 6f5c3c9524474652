#include <algorithm>
#include <atomic>

#include "base/checked.h"
#include "base/varint.h"
#include "package/kerf/format.h"
#include "package/kerf/package.h"
#include "recipe/run.h"

namespace kerf::package {

namespace {

// More sources, capabilities or sections than any package has: bounds the tables.
constexpr std::uint64_t most_entries = 65536;

Result<std::uint64_t> read_count(ByteReader& in, std::string_view what) {
  const std::uint64_t at = in.offset();
  TRY_ASSIGN(const std::uint64_t count, read_varint(in));
  if (count > most_entries) {
    return Error(Code::limit, "more than " + std::to_string(most_entries) + " " + std::string(what))
        .at(at);
  }
  return count;
}

Result<std::uint64_t> read_amount(ByteReader& in, std::uint64_t unit) {
  const std::uint64_t at = in.offset();
  TRY_ASSIGN(const std::uint64_t units, read_varint(in));
  const auto amount = checked_mul(units, unit);
  if (!amount) {
    return Error(Code::corrupt, "a need is out of range").at(at);
  }
  return *amount;
}

Result<BlobId> read_id(ByteReader& in) {
  BlobId id;
  TRY_ASSIGN(id.size, read_varint(in));
  const Bytes hash = in.take(id.sha256.size());
  TRY(in.status());
  std::ranges::copy(hash, id.sha256.begin());
  return id;
}

// The sections of a package as one source, each checked when it is first touched.
class Payload final : public Source {
 public:
  Payload(const Source& file, std::uint64_t offset, std::span<const Section> sections)
      : file_(file), offset_(offset), sections_(sections), checked_(sections.size()) {
    for (const Section& section : sections) {
      begins_.push_back(size_);
      size_ += section.length;
    }
  }

  std::uint64_t size() const override { return size_; }
  Status read_at(std::uint64_t offset, MutBytes out) const override {
    if (!Extent{offset, out.size()}.within(size_)) {
      return Error(Code::truncated, "read passes the end of the payload").at(offset);
    }
    auto i =
        static_cast<std::size_t>(std::ranges::upper_bound(begins_, offset) - begins_.begin()) - 1;
    for (; i < sections_.size() && begins_[i] < offset + out.size(); ++i) {
      TRY(check(i));
    }
    return file_.read_at(offset_ + offset, out);
  }

 private:
  // Two threads may both check the same section: harmless.
  Status check(std::size_t i) const {
    if (checked_[i]) {
      return {};
    }
    const SliceSource content(file_, offset_ + begins_[i], sections_[i].length);
    if (Status status = check_section(content, sections_[i], i + 1); !status) {
      Error error = std::move(status).error();
      return error.code() == Code::mismatch ? std::move(error).at(offset_ + begins_[i])
                                            : std::move(error);
    }
    checked_[i] = true;
    return {};
  }

  const Source& file_;
  std::uint64_t offset_;
  std::span<const Section> sections_;
  std::vector<std::uint64_t> begins_;
  std::uint64_t size_ = 0;
  mutable std::vector<std::atomic<bool>> checked_;
};

}  // namespace

bool recognises(Bytes head) {
  return head.size() >= mark.size() && std::ranges::equal(head.first(mark.size()), as_bytes(mark));
}

Result<Package> Package::open(const Source& file, const trust::PublicKey* key,
                              const Limits& limits) {
  Package package(file);
  TRY(package.read(key, limits));
  return package;
}

Status Package::read(const trust::PublicKey* key, const Limits& limits) {
  std::array<std::uint8_t, head_size> head{};
  TRY(file_->read_at(0, head));
  if (!recognises(head)) {
    return Error(Code::unsupported, "not a kerf package").at(0);
  }
  const std::uint64_t length = load_le32(head.data() + mark.size());
  if (length > limits.memory) {
    return Error(Code::limit, "the manifest has " + std::to_string(length) + " bytes, " +
                                  std::to_string(limits.memory) + " are permitted")
        .at(mark.size());
  }
  if (!Extent{head_size, length}.within(file_->size())) {
    return Error(Code::truncated, "the file ends inside the manifest").at(file_->size());
  }
  TRY_ASSIGN(const auto front,
             read_all(SliceSource(*file_, 0, head_size + length), head_size + length));
  TRY(read_signature(front.size(), front, key));
  if (Status status = read_manifest(Bytes(front).subspan(head_size), head_size, limits); !status) {
    return std::move(status).error().in("manifest");
  }
  std::uint64_t end = payload_offset_;
  for (const Section& section : manifest_.sections) {
    const auto next = checked_add(end, section.length);
    if (!next || *next > file_->size()) {
      return Error(Code::truncated, "the file ends before its last section does").at(file_->size());
    }
    end = *next;
  }
  if (end != file_->size()) {
    return Error(Code::corrupt,
                 std::to_string(file_->size() - end) + " bytes follow the end of the package")
        .at(end);
  }
  if (end - payload_offset_ != manifest_.recipe.payload()) {
    return Error(Code::corrupt, "the sections have another length than the recipe takes")
        .in("manifest");
  }
  return {};
}

Status Package::read_signature(std::uint64_t at, Bytes front, const trust::PublicKey* key) {
  std::array<std::uint8_t, 1> kind{};
  TRY(file_->read_at(at, kind));
  std::vector<std::uint8_t> message(front.begin(), front.end());
  message.push_back(kind[0]);
  if (kind[0] == unsigned_kind) {
    std::array<std::uint8_t, checksum_size> stated{};
    TRY(file_->read_at(at + 1, stated));
    const Sha256 hash = sha256(message);
    if (!std::equal(stated.begin(), stated.end(), hash.begin())) {
      return Error(Code::corrupt, "the manifest does not fit its checksum").at(at + 1);
    }
    if (key != nullptr) {
      return Error(Code::denied,
                   "the package is not signed, and only one signed by the trusted "
                   "key is accepted");
    }
    payload_offset_ = at + 1 + checksum_size;
    return {};
  }
  if (kind[0] != ed25519_kind) {
    return Error(Code::unsupported,
                 "the package is signed in a way that this version does not know")
        .at(at);
  }
  Signature& signature = signature_.emplace();
  TRY(file_->read_at(at + 1, signature.key_id));
  TRY(file_->read_at(at + 1 + signature.key_id.size(), signature.bytes));
  payload_offset_ = at + 1 + signature.key_id.size() + signature.bytes.size();
  if (key == nullptr) {
    return {};
  }
  const auto wanted = trust::key_id(*key);
  if (signature.key_id != wanted) {
    return Error(Code::denied, "the package is signed by key " + to_hex(signature.key_id) +
                                   ", not by the trusted key " + to_hex(wanted));
  }
  return trust::verify(*key, message, signature.bytes);
}

Status Package::read_manifest(Bytes bytes, std::uint64_t base, const Limits& limits) {
  ByteReader in(bytes, base);
  TRY_ASSIGN(const std::uint64_t sources, read_count(in, "sources"));
  for (std::uint64_t i = 0; i < sources; ++i) {
    TRY_ASSIGN(const BlobId id, read_id(in));
    manifest_.sources.push_back(id);
  }
  TRY_ASSIGN(manifest_.target, read_id(in));
  recipe::Needs& needs = manifest_.needs;
  TRY_ASSIGN(needs.memory, read_amount(in, size_unit));
  TRY_ASSIGN(needs.scratch, read_amount(in, size_unit));
  TRY_ASSIGN(needs.time, read_amount(in, time_unit));
  TRY_ASSIGN(const std::uint64_t capabilities, read_count(in, "capabilities"));
  for (std::uint64_t i = 0; i < capabilities; ++i) {
    TRY_ASSIGN(const std::uint64_t number, read_varint(in));
    std::uint64_t version = 0;
    if (number % 2 == 1) {
      TRY_ASSIGN(version, read_varint(in));
    }
    if (number / 2 > 0xFFFFFFFFU || version > 0xFFFFFFFFU) {
      return Error(Code::corrupt, "a capability is out of range").at(in.offset());
    }
    needs.capabilities.push_back(
        {static_cast<std::uint32_t>(number / 2), static_cast<std::uint32_t>(version)});
  }
  TRY_ASSIGN(const std::uint64_t sections, read_count(in, "sections"));
  for (std::uint64_t i = 0; i < sections; ++i) {
    Section section;
    TRY_ASSIGN(section.length, read_varint(in));
    const Bytes hash = in.take(section.hash.size());
    TRY(in.status());
    std::ranges::copy(hash, section.hash.begin());
    manifest_.sections.push_back(section);
  }
  TRY(recipe::check_capabilities(needs.capabilities));
  auto recipe = recipe::parse(in.take(in.remaining()), manifest_.sources, manifest_.target, limits);
  if (!recipe) {
    return std::move(recipe).error().in("recipe");
  }
  manifest_.recipe = *std::move(recipe);
  return {};
}

std::unique_ptr<Source> Package::payload() const {
  return std::make_unique<Payload>(*file_, payload_offset_, manifest_.sections);
}

Status Package::apply(std::span<const Source* const> sources, Sink& to, recipe::Workshop& workshop,
                      const Limits& limits, Observer* observer, unsigned threads) const {
  if (manifest_.needs.memory > limits.memory) {
    return Error(Code::limit, "applying takes " + std::to_string(manifest_.needs.memory) +
                                  " bytes of memory, " + std::to_string(limits.memory) +
                                  " are permitted");
  }
  return recipe::run(manifest_.recipe, sources, *payload(), to, workshop,
                     {limits, observer, threads});
}

}  // namespace kerf::package
