// What a package itself says about being whole, for lists that carry no hashes.
#pragma once

#include <string>

#include "base/limits.h"
#include "io/source.h"

namespace kerf::agent {

enum class Integrity : unsigned char {
  checked,  // every byte that matters is covered by a checksum or digest, and all of them hold
  unknown,  // not a kind of file that can be checked
};

// By type:
//   "apk"   a ZIP file in which every entry unpacks to its size and CRC-32, and a matching APK
//           Signature Block (apk_signature.h); without a block, the files of scheme v1 (a manifest
//           and a signature file under META-INF). ResultCode::target_damaged, target_unsigned.
//   "zip"   the ZIP part of that.
//   others  the ZIP part if it begins like a ZIP file, else Integrity::unknown.
// `limits.output` bounds what is unpacked (to nowhere). Reads all of `package`.
Result<Integrity> check_integrity(const Source& package, const std::string& type,
                                  const Limits& limits);

}  // namespace kerf::agent
