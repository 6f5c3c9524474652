#include "agent/archive/check.h"

#include <algorithm>
#include <array>

#include "agent/archive/apk_signature.h"
#include "agent/archive/zip.h"
#include "agent/result_codes.h"
#include "io/sink.h"

namespace kerf::agent {

namespace {

// A ZIP entry takes at least 46 bytes of the directory, and about 300 bytes of memory here.
constexpr std::uint64_t memory_per_entry = 512;

bool begins_like_zip(const Source& package) {
  constexpr std::array<std::uint8_t, 4> local_header{'P', 'K', 3, 4};
  std::array<std::uint8_t, 4> head{};
  return package.size() >= head.size() && package.read_at(0, head) && head == local_header;
}

Status check_zip(const Source& package, const Limits& limits, bool& has_v1_signature) {
  TRY_ASSIGN(const ZipReader zip, ZipReader::open(package, limits.memory / memory_per_entry));
  std::uint64_t left = limits.output;
  bool manifest = false;
  bool signature = false;
  for (std::size_t i = 0; i < zip.entries().size(); ++i) {
    const ZipEntry& entry = zip.entries()[i];
    if (entry.size > left) {
      return Error(Code::limit, "unpacks to more than is allowed").in(entry.name);
    }
    left -= entry.size;
    CountingSink nowhere(nullptr);
    TRY(zip.read(i, nowhere));
    manifest = manifest || entry.name == "META-INF/MANIFEST.MF";
    signature = signature || (entry.name.starts_with("META-INF/") && entry.name.ends_with(".SF"));
  }
  has_v1_signature = manifest && signature;
  return {};
}

}  // namespace

Result<Integrity> check_integrity(const Source& package, const std::string& type,
                                  const Limits& limits) {
  if (type != "apk" && type != "zip" && !begins_like_zip(package)) {
    return Integrity::unknown;
  }
  bool has_v1_signature = false;
  TRY(with_code(ResultCode::target_damaged, check_zip(package, limits, has_v1_signature)));
  if (type == "apk") {
    TRY_ASSIGN(const ApkSignature signature,
               with_code(ResultCode::target_unsigned, check_apk_signature(package)));
    if (signature == ApkSignature::none && !has_v1_signature) {
      return with_code(ResultCode::target_unsigned,
                       Error(Code::denied, "neither an APK Signature Block nor a v1 signature"));
    }
  }
  return Integrity::checked;
}

}  // namespace kerf::agent
