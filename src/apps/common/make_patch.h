// Two versions in, one patch out that has been applied and compared before anybody sees it: what
// every program that makes patches does.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "apps/common/output.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/observer.h"
#include "patch/patch.h"
#include "trust/ed25519.h"

namespace kerf::apps {

// What applying a patch may take when nobody says otherwise: enough for every patch that kerf
// makes.
constexpr std::uint64_t default_apply_memory = std::uint64_t{64} << 20;

// What the machine has, in bytes. Past this it would swap for hours: better to be told at once.
std::uint64_t physical_memory();

struct MakeOptions {
  std::uint64_t memory;                    // ceiling for the engine, beyond the two files
  unsigned threads = 1;                    // the patch does not depend on it
  Observer* observer = nullptr;            // borrowed, may be null
  bool trailer = false;                    // append the trailer of patch/bsdiff/trailer.h
  const trust::PrivateKey* key = nullptr;  // borrowed; signs the trailer (and implies one)
  std::string_view profile = {};           // of the writer; empty: its default
  // See plan::ChooseOptions.
  std::optional<std::uint64_t> device_memory = {};
};

struct MadePatch {
  BlobId old_id;
  BlobId new_id;
};

// Writes the patch from `from` to `to` into `out` and applies it with the shipped reader; the
// caller then commits `out`, or drops it to leave nothing behind. Errors: those of the engine and
// the writer; Code::unsupported for a trailer that the format has no room for; Code::bug if the
// patch does not give `to`.
Result<MadePatch> make_patch(Bytes from, Bytes to, const PatchWriter& writer,
                             const MakeOptions& options, Output& out);

}  // namespace kerf::apps
