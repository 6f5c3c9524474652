#include "agent/lists/lists.h"

#include <algorithm>

#include "agent/result_codes.h"
#include "base/json.h"
#include "io/folder.h"
#include "package/list/expand.h"
#include "package/list/keys.h"

namespace kerf::agent {

namespace {

namespace pl = package_list;

// The address of what a file refers to.
std::string join(const std::string& base, const pl::Place& place) {
  if (place.is_url || is_url(base)) {
    return pl::join_url(base, place);
  }
  return io::directory_of(base) + "/" + place.text;
}

Error invalid(Error error) {
  return with_code(ResultCode::list_invalid, std::move(error));
}

// "updates/Name.APK" -> "apk"; empty if there is no ending of letters and digits.
std::string type_of(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  std::string type = dot == std::string::npos ? "" : path.substr(dot + 1);
  for (char& c : type) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  const bool plain = type.size() <= 8 && std::ranges::all_of(type, [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
                     });
  return plain ? type : "";
}

// Names and versions become arguments of handlers.
Status check_text(const std::string& text) {
  const bool control = std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (control || text.starts_with('-')) {
    return Error(Code::denied, in_quotes(text) + (control ? " holds a control character"
                                                          : " begins with a dash"));
  }
  return {};
}

// Reads files that must be signed, if there is a key at all.
class SignedFiles {
 public:
  SignedFiles(SmallFiles& files, std::optional<pl::KeyRing> ring)
      : files_(files), ring_(std::move(ring)) {}

  Result<std::vector<std::uint8_t>> read(const std::string& address) {
    auto text = files_.read(address);
    if (!text) {
      return with_code(ResultCode::list_unreachable, std::move(text).error());
    }
    if (ring_) {
      auto signature = files_.read(address + pl::signature_suffix);
      if (!signature) {
        return with_code(ResultCode::list_signature, Error(Code::denied, signature.error().text()));
      }
      if (Status good = ring_->verify(*text, *signature); !good) {
        return with_code(ResultCode::list_signature, std::move(good).error().in(address));
      }
    }
    return text;
  }

 private:
  SmallFiles& files_;
  std::optional<pl::KeyRing> ring_;
};

Result<pl::KeyRing> open_ring(const ListOptions& options, SmallFiles& files) {
  TRY_ASSIGN(const auto key,
             trust::RsaPublicKey::load(*options.device_key, options.least_key_bits));
  const auto beside = [&](const std::string& name) {
    return files.read(join(options.locations, {false, name}));
  };
  TRY_ASSIGN(const auto text, beside(pl::keys_file));
  TRY_ASSIGN(const auto signature, beside(std::string(pl::keys_file) + pl::signature_suffix));
  return pl::KeyRing::open(text, signature, key, beside, options.least_key_bits);
}

}  // namespace

Result<Lists> Lists::read(const ListOptions& options, SmallFiles& files) {
  std::optional<pl::KeyRing> ring;
  if (options.device_key) {
    auto opened = open_ring(options, files);
    if (!opened) {
      // Without its own code: whatever kept the keys away, nothing may be used.
      return with_code(ResultCode::list_signature,
                       Error(opened.error().code(), opened.error().text()));
    }
    ring.emplace(*std::move(opened));
  }
  SignedFiles source(files, std::move(ring));
  Lists lists;
  lists.hardware_id_ = options.hardware_id;
  TRY_ASSIGN(const auto text, source.read(options.locations));
  auto locations = pl::parse_update_locations(text, pl::list_limits());
  if (!locations) {
    return invalid(std::move(locations).error().in(options.locations));
  }
  for (const std::string& location : locations->lists) {
    auto place = pl::expand(location, {{}, {}, options.hardware_id});
    if (!place) {
      return invalid(std::move(place).error().in(options.locations));
    }
    const std::string address = join(options.locations, *place);
    TRY_ASSIGN(const auto list_text, source.read(address));
    auto list = pl::parse_package_list(list_text, pl::list_limits());
    if (!list) {
      return invalid(std::move(list).error().in(address));
    }
    lists.addresses_.push_back(address);
    lists.lists_.push_back(*std::move(list));
  }
  auto packages = pl::effective_packages(lists.lists_);
  if (!packages) {
    return invalid(std::move(packages).error());
  }
  lists.packages_ = *std::move(packages);
  return lists;
}

Result<std::string> Lists::resolve(const std::string& pattern, std::size_t list,
                                   const std::optional<std::string>& from,
                                   const std::string& to) const {
  TRY_ASSIGN(const pl::Place place, pl::expand(pattern, {from, to, hardware_id_}));
  return join(addresses_[list], place);
}

Result<Update> Lists::update(const pl::EffectivePackage& wanted,
                             const InstalledVersion& installed) const {
  const pl::Package& package = *wanted.package;
  TRY(check_text(package.name));
  TRY(check_text(package.version));
  Update update;
  update.name = package.name;
  update.version = package.version;
  update.type = package.path ? type_of(*package.path) : "";
  update.size = package.size;
  update.sha256 = package.sha256;
  update.keep = package.diff_path.has_value();
  update.reboot = package.reboot;
  TRY_ASSIGN(const auto from, installed(update.name, update.type));
  if (package.path) {
    TRY_ASSIGN(update.full, resolve(*package.path, wanted.list, {}, package.version));
  }
  if (!package.diff_path || from == package.version) {
    return update;
  }
  if (!from) {
    update.delta_fault.emplace(
        with_code(ResultCode::not_installed,
                  Error(Code::denied, "no version is installed that a delta could start from")));
    return update;
  }
  if (update.type == "zip") {
    update.delta_fault.emplace(invalid(Error(Code::unsupported, "ZIP packages have no deltas")));
    update.keep = false;
    return update;
  }
  auto address = resolve(*package.diff_path, wanted.list, from, package.version);
  if (!address) {
    update.delta_fault.emplace(invalid(std::move(address).error().in("diff_path")));
    return update;
  }
  Delta& delta = update.deltas.emplace_back();
  delta.patch.address = *std::move(address);
  delta.from_version = *from;
  if (const auto facts = package.diffs.find(*from); facts != package.diffs.end()) {
    delta.patch.size = facts->second.size;
    delta.patch.sha256 = facts->second.sha256;
    delta.source_sha256 = facts->second.source_sha256;
  }
  return update;
}

Result<std::vector<Update>> Lists::updates(const InstalledVersion& installed) const {
  std::vector<Update> updates;
  for (const pl::EffectivePackage& wanted : packages_) {
    auto made = update(wanted, installed);
    if (!made) {
      return invalid(
          std::move(made).error().in(in_quotes(wanted.package->name)).in(addresses_[wanted.list]));
    }
    updates.push_back(*std::move(made));
  }
  return updates;
}

Result<std::string> find_locations(const std::string& where) {
  if (is_url(where)) {
    return where.ends_with('/') ? where + pl::locations_file : where;
  }
  for (const std::string& candidate :
       {where, where + "/" + pl::locations_file, where + "/2/bridge/" + pl::locations_file}) {
    if (io::exists(candidate) && !io::is_folder(candidate)) {
      return candidate;
    }
  }
  return with_code(ResultCode::list_unreachable,
                   Error(Code::io,
                         "neither a file nor a folder with update-locations in it or "
                         "under 2/bridge")
                       .in(where));
}

}  // namespace kerf::agent
