#include "package/list/keys.h"

#include "base/json.h"

namespace kerf::package_list {

namespace {

// Each file costs as many public-key operations as there are keys.
constexpr std::size_t most_keys = 64;

}  // namespace

Result<KeyRing> KeyRing::open(Bytes text, Bytes signature, const trust::RsaPublicKey& device_key,
                              const FetchFile& fetch, unsigned least_bits) {
  // Before anything is made of its content.
  if (auto valid = trust::verify(device_key, text, signature); !valid) {
    return std::move(valid).error().in(keys_file);
  }
  auto list = parse_key_list(text, list_limits());
  if (!list) {
    return std::move(list).error().in(keys_file);
  }
  if (list->keys.empty()) {
    return Error(Code::denied, "the key list holds no key, so nothing can be verified")
        .in(keys_file);
  }
  if (list->keys.size() > most_keys) {
    return Error(Code::limit, "the key list holds more than " + std::to_string(most_keys) + " keys")
        .in(keys_file);
  }
  KeyRing ring;
  for (const ListedKey& listed : list->keys) {
    TRY_ASSIGN(const auto file, fetch(listed.filename));
    if (sha256(file) != listed.sha256) {
      return Error(Code::mismatch, "the key file is not the one that " + std::string(keys_file) +
                                       " names: its SHA-256 is another")
          .in(listed.filename);
    }
    auto key = trust::RsaPublicKey::parse(file, least_bits);
    if (!key) {
      return std::move(key).error().in(listed.filename);
    }
    ring.keys_.push_back(*std::move(key));
  }
  return ring;
}

Status KeyRing::verify(Bytes file, Bytes signature) const {
  for (const trust::RsaPublicKey& key : keys_) {
    if (trust::verify(key, file, signature)) {
      return {};
    }
  }
  return Error(Code::denied, "the signature is not valid for any key of the key list");
}

}  // namespace kerf::package_list
