#include "package/apk/apk.h"

#include <optional>
#include <string_view>
#include <vector>

#include "package/zip/zip.h"

namespace kerf::apk {

namespace {

constexpr std::string_view manifest_name = "AndroidManifest.xml";
// More than any APK has; the directory of so many takes 20 MiB in memory.
constexpr std::uint64_t most_entries = 65536;

// The number of the manifest; nothing if there is none. There are not two: the reader refuses
// twins.
std::optional<std::size_t> find_manifest(const zip::Reader& archive) {
  for (std::size_t i = 0; i < archive.entries().size(); ++i) {
    if (archive.entries()[i].name == manifest_name) {
      return i;
    }
  }
  return std::nullopt;
}

Result<std::vector<std::uint8_t>> read_manifest(const zip::Reader& archive, std::size_t number,
                                                const Limits& limits) {
  const zip::Entry& entry = archive.entries()[number];
  if (entry.encrypted) {
    return Error(Code::unsupported, "it is encrypted").in(entry.name);
  }
  if (entry.size > limits.memory) {
    return Error(Code::limit, "it has " + std::to_string(entry.size) + " bytes, more than the " +
                                  std::to_string(limits.memory) + " allowed for it")
        .in(entry.name);
  }
  MemorySink bytes(entry.size);
  TRY(archive.read(number, bytes));
  return std::move(bytes).take();
}

}  // namespace

Result<Identity> identify(const Source& apk, const Limits& limits) {
  auto archive = zip::Reader::open(apk, most_entries);
  if (!archive) {
    Error error = std::move(archive).error();
    if (error.code() == Code::corrupt) {
      return std::move(error).in("this is no APK");
    }
    return error;
  }
  const std::optional<std::size_t> number = find_manifest(*archive);
  if (!number) {
    return Error(Code::corrupt, "this is no APK: there is no AndroidManifest.xml in it");
  }
  TRY_ASSIGN(const std::vector<std::uint8_t> manifest, read_manifest(*archive, *number, limits));
  return parse_manifest(manifest);
}

Result<bool> is_apk(const Source& file) {
  auto archive = zip::Reader::open(file, most_entries);
  if (!archive) {
    if (archive.error().code() == Code::io) {
      return std::move(archive).error();
    }
    return false;
  }
  return find_manifest(*archive).has_value();
}

}  // namespace kerf::apk
