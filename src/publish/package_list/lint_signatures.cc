#include "publish/package_list/lint_signatures.h"

#include <algorithm>

#include "base/json.h"
#include "package/list/list.h"
#include "publish/package_list/small_file.h"

namespace kerf::publish {

namespace {

using package_list::keys_file;
using package_list::signature_suffix;

// Below this RSA is not even worth reading.
constexpr unsigned hopeless_bits = 512;
constexpr std::uint64_t largest_key_file = 64 << 10;
constexpr std::uint64_t largest_signature = 4 << 10;

}  // namespace

Result<LintKeys> LintKeys::open(const std::string& folder, const LintOptions& options,
                                Findings findings) {
  LintKeys keys;
  const std::string path = folder + "/" + keys_file;
  const Limits limits = package_list::list_limits();
  TRY_ASSIGN(const auto text, read_if_there(path, limits.memory));
  if (!text) {
    if (options.device_key != nullptr) {
      findings.error("missing-signature", path,
                     "there is no list of keys: a device with a key accepts nothing here");
    }
    return keys;
  }
  keys.present_ = true;
  TRY_ASSIGN(const auto signature, read_if_there(path + signature_suffix, largest_signature));
  if (!signature) {
    findings.error("missing-signature", path, "there is no " + path + signature_suffix);
  } else if (options.device_key == nullptr) {
    findings.note("not-checked", path,
                  "its signature was not verified: the device's public key was not given");
  } else if (auto valid = trust::verify(*options.device_key, *text, *signature); !valid) {
    findings.error("bad-signature", path, valid.error().what());
  }
  const auto list = package_list::parse_key_list(*text, limits);
  if (!list) {
    findings.error("format", path, list.error().text());
    return keys;
  }
  for (const package_list::Unknown& member : list->unknown) {
    findings.warning("unknown-field", path,
                     "the member " + in_quotes(member.name) + " is not known");
  }
  if (list->keys.empty()) {
    findings.error("bad-key", path, "the list holds no key: devices would accept nothing");
  }
  for (const package_list::ListedKey& listed : list->keys) {
    const std::string file = folder + "/" + listed.filename;
    TRY_ASSIGN(const auto bytes, read_if_there(file, largest_key_file));
    if (!bytes) {
      findings.error("bad-key", file, "the file is not there, but the list of keys names it");
      continue;
    }
    if (sha256(*bytes) != listed.sha256) {
      findings.error("bad-key", file, "its SHA-256 is not the one in the list of keys");
      continue;
    }
    auto key = trust::RsaPublicKey::parse(*bytes, hopeless_bits);
    if (!key) {
      findings.error("bad-key", file, key.error().what());
      continue;
    }
    if (key->bits() < options.least_key_bits) {
      findings.error("short-key", file,
                     "the key has only " + std::to_string(key->bits()) + " bits, fewer than " +
                         std::to_string(options.least_key_bits));
    }
    keys.keys_.push_back(*std::move(key));
  }
  return keys;
}

Status LintKeys::check(const std::string& path, Findings findings) const {
  TRY_ASSIGN(const auto signature, read_if_there(path + signature_suffix, largest_signature));
  if (!signature) {
    if (present_) {
      findings.error("missing-signature", path,
                     "there is no " + path + signature_suffix +
                         ", but a list of keys: devices with a key refuse this file");
    }
    return {};
  }
  if (!present_) {
    findings.warning("not-checked", path + signature_suffix,
                     "there is a signature, but no list of keys to verify it with");
    return {};
  }
  TRY_ASSIGN(const auto text, read_if_there(path, package_list::list_limits().memory));
  const bool valid = text && std::ranges::any_of(keys_, [&](const trust::RsaPublicKey& key) {
                       return trust::verify(key, *text, *signature).has_value();
                     });
  if (!valid) {
    findings.error("bad-signature", path + signature_suffix,
                   "it is not valid for any key of the list of keys");
  }
  return {};
}

}  // namespace kerf::publish
