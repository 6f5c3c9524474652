// The APK Signature Block (schemes v2 and v3) as far as it proves that an APK is whole.
//
// What is checked: the block is there, in front of the central directory, and well-formed; every
// digest in it that we know (SHA-256, SHA-512) is the one of the file's contents, so that no byte
// outside the block can differ from what was signed. What is not checked: the signature over those
// digests, the certificate, and whether it is the one that the installed package was signed with.
// Those are the questions of who made it; the installer (Android's package manager) asks them.
#pragma once

#include <string_view>

#include "base/observer.h"
#include "io/source.h"

namespace kerf::agent {

enum class ApkSignature : unsigned char {
  none,      // no block: signed with scheme v1 alone, or not at all
  matching,  // a block, and at least one digest that the contents have
};

// Code::corrupt (with the offset) for a block that is not well-formed, Code::mismatch for contents
// that are not what was signed, Code::unsupported for a block without any digest that we know.
// Reads all of `apk`, in constant memory (the block itself, at most 8 MiB, is held).
Result<ApkSignature> check_apk_signature(const Source& apk);

}  // namespace kerf::agent
