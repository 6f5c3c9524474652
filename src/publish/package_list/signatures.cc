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

struct Plan {
  KeyList list;  // with the signer
  std::vector<std::uint8_t> public_half;
};

Result<Plan> plan_keys(const std::string& repository, const SigningKeys& keys) {
  const std::string path = repository + "/" + keys_file;
  Plan plan{{}, keys.signer.public_der()};
  TRY_ASSIGN(plan.list, load_keys(path));
  const ListedKey wanted{keys.key_name, sha256(plan.public_half)};
  auto& listed = plan.list.keys;
  if (!keys.device &&
      std::ranges::find(listed, wanted.sha256, &ListedKey::sha256) == listed.end()) {
    return Error(Code::denied,
                 "the key that signs is not in the list of keys, so devices would refuse what it "
                 "signs: give the device's private key too (--device-key), which signs that list")
        .in(path);
  }
  const auto named = std::ranges::find(listed, wanted.filename, &ListedKey::filename);
  if (named == listed.end()) {
    listed.push_back(wanted);
  } else if (keys.device && named->sha256 != wanted.sha256) {
    return Error(Code::denied, "the list of keys holds another key of the name " +
                                   in_quotes(wanted.filename) +
                                   ": give this one another name (--key-name)")
        .in(path);
  }
  // Readers refuse what is no plain file name; so must we, before it becomes a file.
  const std::string text = package_list::to_text(plan.list);
  if (auto read = package_list::parse_key_list(as_bytes(text), package_list::list_limits());
      !read) {
    return std::move(read).error();
  }
  return plan;
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

Status check_signer(const std::string& repository, const SigningKeys& keys) {
  TRY_ASSIGN(const Plan plan, plan_keys(repository, keys));
  static_cast<void>(plan);
  return {};
}

Result<bool> publish_key(const std::string& repository, const SigningKeys& keys) {
  TRY_ASSIGN(const Plan plan, plan_keys(repository, keys));
  if (!keys.device) {
    return false;
  }
  // The key before the list that names it, so that no list names a key that is not there.
  TRY_ASSIGN(const bool new_key,
             write_if_changed(repository + "/" + keys.key_name, plan.public_half));
  const std::string text = package_list::to_text(plan.list);
  TRY_ASSIGN(const bool new_list, write_if_changed(repository + "/" + keys_file, as_bytes(text)));
  TRY_ASSIGN(const bool new_signature, sign_file(repository, keys_file, *keys.device));
  return new_key || new_list || new_signature;
}

}  // namespace kerf::publish
