#include "publish/package_list/signatures.h"

#include <algorithm>

#include "base/json.h"
#include "package/list/list.h"
#include "publish/package_list/small_file.h"

namespace kerf::publish {

namespace {

using package_list::KeyList;
using package_list::keys_file;
using package_list::ListedKey;
using package_list::signature_suffix;

Result<KeyList> load_keys(const std::string& path) {
  const Limits limits = package_list::list_limits();
  TRY_ASSIGN(const auto text, read_if_there(path, limits.memory));
  if (!text) {
    return KeyList();
  }
  auto keys = package_list::parse_key_list(*text, limits);
  if (!keys) {
    return std::move(keys).error().in(path);
  }
  return keys;
}

}  // namespace

Result<bool> sign_file(const std::string& repository, const std::string& file,
                       const trust::RsaPrivateKey& key) {
  const std::string path = repository + "/" + file;
  TRY_ASSIGN(const auto text, read_if_there(path, package_list::list_limits().memory));
  if (!text) {
    return Error(Code::io, "the file to be signed is not there").in(path);
  }
  TRY_ASSIGN(const auto signature, trust::sign(key, *text));
  return write_if_changed(path + signature_suffix, signature);
}

Result<bool> publish_key(const std::string& repository, const SigningKeys& keys) {
  const std::string path = repository + "/" + keys_file;
  TRY_ASSIGN(KeyList list, load_keys(path));
  const std::vector<std::uint8_t> der = keys.signer.public_der();
  const ListedKey wanted{keys.key_name, sha256(der)};
  if (!keys.device) {
    if (std::ranges::find(list.keys, wanted.sha256, &ListedKey::sha256) == list.keys.end()) {
      return Error(Code::denied,
                   "the key that signs is not in the list of keys, so devices would refuse what it "
                   "signs: give the device's private key too (--device-key), which signs that list")
          .in(path);
    }
    return false;
  }
  const auto named = std::ranges::find(list.keys, wanted.filename, &ListedKey::filename);
  if (named == list.keys.end()) {
    list.keys.push_back(wanted);
  } else if (named->sha256 != wanted.sha256) {
    return Error(Code::denied, "the list of keys holds another key of the name " +
                                   in_quotes(wanted.filename) +
                                   ": give this one another name (--key-name)")
        .in(path);
  }
  // The key before the list that names it, so that no list names a key that is not there.
  TRY_ASSIGN(const bool new_key, write_if_changed(repository + "/" + wanted.filename, der));
  const std::string text = package_list::to_text(list);
  TRY_ASSIGN(const bool new_list, write_if_changed(path, as_bytes(text)));
  TRY_ASSIGN(const bool new_signature, sign_file(repository, keys_file, *keys.device));
  return new_key || new_list || new_signature;
}

}  // namespace kerf::publish
