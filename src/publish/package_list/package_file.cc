#include "publish/package_list/package_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "io/file.h"
#include "io/hash_source.h"
#include "package/apk/apk.h"

namespace kerf::publish {

namespace {

constexpr std::array<std::pair<PackageType, std::string_view>, 3> extensions{
    {{PackageType::apk, ".apk"}, {PackageType::ttpkg, ".ttpkg"}, {PackageType::zip, ".zip"}}};

// A manifest is some kilobytes; the largest known ones have a few hundred.
constexpr Limits apk_limits{.output = 0, .memory = std::uint64_t{8} << 20, .depth = 1};

Status check_given(const char* what, const std::string& found,
                   const std::optional<std::string>& given) {
  if (given && *given != found) {
    return Error(Code::mismatch, std::string("the ") + what + " of this APK is " +
                                     in_quotes(found) + ", not " + in_quotes(*given) +
                                     ": leave the option out, or give another file");
  }
  return {};
}

Status fill_apk(const Source& file, const std::optional<std::string>& name,
                const std::optional<std::string>& version, PackageFile& package) {
  TRY_ASSIGN(const apk::Identity identity, apk::identify(file, apk_limits));
  package.name = identity.name;
  package.version = std::to_string(identity.version_code);
  TRY(check_given("package name", package.name, name));
  return check_given("version code", package.version, version);
}

// Not more: what is in the archive is for the device to judge, but another kind of file under this
// name is a mistake that is worth finding here.
Status check_zip(const Source& file) {
  std::array<std::uint8_t, 4> head{};
  if (file.size() >= head.size()) {
    TRY(file.read_at(0, head));
  }
  const std::uint32_t magic = load_le32(head.data());
  if (magic != 0x04034b50 && magic != 0x06054b50) {
    return Error(Code::corrupt, "this is no ZIP archive").at(0);
  }
  return {};
}

Status fill_other(const std::string& path, const std::optional<std::string>& name,
                  const std::optional<std::string>& version, PackageFile& package) {
  const bool zip = package.type == PackageType::zip;
  if (!version || (!name && !zip)) {
    return Error(Code::denied,
                 zip ? "a ZIP package does not say its version: give --package-version"
                     : "kerf cannot read the name and version out of a TTPKG: give "
                       "--name and --package-version");
  }
  package.name = name ? *name : path.substr(path.rfind('/') + 1);
  package.version = *version;
  if (package.name.empty() || package.version.empty()) {
    return Error(Code::denied, "neither the name nor the version may be empty");
  }
  return {};
}

Status fill(const std::string& path, const std::optional<std::string>& name,
            const std::optional<std::string>& version, Observer* observer, PackageFile& package) {
  const auto type = type_by_extension(path);
  if (!type) {
    return Error(Code::unsupported,
                 "a package must be an .apk, .ttpkg or .zip file: devices install nothing else");
  }
  package.type = *type;
  TRY_ASSIGN(const io::FileSource file, io::FileSource::open(path));
  if (*type == PackageType::apk) {
    TRY(fill_apk(file, name, version, package));
  } else {
    if (*type == PackageType::zip) {
      TRY(check_zip(file));
    }
    TRY(fill_other(path, name, version, package));
  }
  TRY_ASSIGN(package.id, kerf::identify(file, observer));
  return {};
}

}  // namespace

std::string_view extension_of(PackageType type) {
  return std::ranges::find(extensions, type, &decltype(extensions)::value_type::first)->second;
}

std::optional<PackageType> type_by_extension(std::string_view path) {
  std::string lower(path);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const auto& [type, extension] : extensions) {
    if (lower.ends_with(extension)) {
      return type;
    }
  }
  return {};
}

bool takes_deltas(PackageType type) {
  return type != PackageType::zip;
}

Result<PackageFile> inspect_package(const std::string& path, const std::optional<std::string>& name,
                                    const std::optional<std::string>& version, Observer* observer) {
  PackageFile package;
  package.source = path;
  if (auto filled = fill(path, name, version, observer, package); !filled) {
    auto error = std::move(filled).error();
    return error.text().starts_with(path) ? std::move(error) : std::move(error).in(path);
  }
  return package;
}

}  // namespace kerf::publish
