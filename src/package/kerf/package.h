// kerf packages: everything that turns sources into a target, in one file that can be checked front
// to back (docs/formats/kerf-package.md).
//
//   mark | length | manifest (identities, needs, recipe, sections) | signature | section | section
//   ...
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/limits.h"
#include "base/observer.h"
#include "io/sink.h"
#include "io/source.h"
#include "recipe/needs.h"
#include "recipe/recipe.h"
#include "recipe/workshop.h"
#include "trust/ed25519.h"

namespace kerf::package {

inline constexpr std::string_view mark = "KERFPKG1";
// More steps that build on each other than any maker lays out.
inline constexpr unsigned most_depth = 64;

// A part of the payload that is checked before any of it is used.
struct Section {
  std::uint64_t length = 0;
  std::array<std::uint8_t, 16> hash{};  // the first half of its SHA-256
};

struct Signature {
  std::array<std::uint8_t, 8> key_id{};
  std::array<std::uint8_t, 64> bytes{};
};

struct Manifest {
  std::vector<BlobId> sources;
  BlobId target;
  recipe::Needs needs;
  recipe::Recipe recipe;
  std::vector<Section> sections;
};

// True if a file with these first bytes claims to be a kerf package.
bool recognises(Bytes head);

// A package whose manifest has been read and checked. Movable; const members may be called from any
// thread.
class Package {
 public:
  // Borrows `file`. `key`, if not null: the package must carry a valid signature of it, which is
  // checked before anything is made of the manifest. `limits` as for recipe::check(); the manifest
  // may be as long as limits.memory. Errors: truncated, corrupt, unsupported, limit; denied without
  // a valid signature.
  static Result<Package> open(const Source& file, const trust::PublicKey* key,
                              const Limits& limits);

  const Manifest& manifest() const { return manifest_; }
  const std::optional<Signature>& signature() const { return signature_; }
  // Where the sections begin, in bytes.
  std::uint64_t payload_offset() const { return payload_offset_; }
  // The sections as one. The first read of each checks it: Code::mismatch. Borrows this object and
  // its file.
  std::unique_ptr<Source> payload() const;

  // recipe::run() of what the package says, after capabilities and needs have been compared with
  // this build and options.limits.
  Status apply(std::span<const Source* const> sources, Sink& to, recipe::Workshop& workshop,
               const Limits& limits, Observer* observer, unsigned threads) const;

 private:
  explicit Package(const Source& file) : file_(&file) {}
  Status read(const trust::PublicKey* key, const Limits& limits);
  Status read_signature(std::uint64_t at, Bytes signed_part, const trust::PublicKey* key);
  Status read_manifest(Bytes bytes, std::uint64_t base, const Limits& limits);
  const Source* file_;
  Manifest manifest_;
  std::optional<Signature> signature_;
  std::uint64_t payload_offset_ = 0;
};

// Make side: writes a package. `recipe` must be sound; `payload` is its payload, which becomes one
// section for each patch and each run of literals. `decoding`: memory that unpacking the sources'
// streams takes. `key` may be null. Errors: those of recipe::assess(), of `payload` and `out`.
Status write(const recipe::Recipe& recipe, const Source& payload, std::uint64_t decoding,
             const trust::PrivateKey* key, const Limits& limits, Sink& out);

}  // namespace kerf::package
