// How a target is made from sources that are there and a payload that was sent: a closed set of
// steps, each of which makes one value from values before it. Sources are the values 0 to n - 1,
// step i makes value n + i, the last step makes the target.
//
// A value is an assembly of pieces (copied from a value, sent, zero, unpacked from a part of a
// value, packed from a part of a value) or what a patch makes of a part of a value. The maker has
// found all offsets: nothing here knows what an archive is.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/extent.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/result.h"
#include "codec/codec.h"
#include "patch/patch.h"

namespace kerf::recipe {

// Numbers of enumerations are wire format: append only.
enum class PieceKind : std::uint8_t {
  copy = 0,  // `range` of `value`
  literal =
      1,       // the next range.length bytes of the payload; range.offset is where they stand there
  zero = 2,    // range.length zero bytes
  decode = 3,  // what codec `coding` makes of `range` of `value`, which is one whole stream
  encode = 4,  // `range` of `value`, packed with `coding`
};
inline constexpr unsigned piece_kinds = 5;

struct Piece {
  PieceKind kind = PieceKind::copy;
  std::uint32_t value = 0;
  Extent range;
  std::uint32_t coding = 0;  // index into Recipe::codings
};

// A codec with the params that encode() takes; none where it is only decoded.
struct Coding {
  CodecId codec = CodecId::deflate;
  std::vector<std::uint8_t> params;
  friend bool operator==(const Coding&, const Coding&) = default;
};

enum class PatchFormat : std::uint8_t { bsdiff40 = 1, endsley = 2, vcdiff = 3, sliver = 4 };

// The reader of a patch format; nullptr if this build has none of that number.
const PatchReader* find_reader(PatchFormat format);

struct PatchStep {
  PatchFormat format = PatchFormat::sliver;
  std::uint32_t value = 0;  // the base
  Extent range;             // in it
  Extent patch;             // in the payload
};

struct Step {
  std::uint64_t size = 0;  // of the value that it makes
  // Of the value. May be missing where a patch says it: in a patch step whose format states
  // identities, and in a value that is only ever used whole as the base of such a step.
  std::optional<Sha256> sha256;
  std::optional<PatchStep> patch;  // or else:
  std::vector<Piece> pieces;
};

// Calls `use(value)` for every value that `step` reads; some more than once.
template <class Use>
void for_each_input(const Step& step, const Use& use) {
  if (step.patch) {
    use(step.patch->value);
  }
  for (const Piece& piece : step.pieces) {
    if (piece.kind != PieceKind::literal && piece.kind != PieceKind::zero) {
      use(piece.value);
    }
  }
}

// More than any maker lays out; they bound what a damaged recipe can ask for.
inline constexpr std::size_t most_steps = 16384;
inline constexpr std::size_t most_codings = 65536;
inline constexpr std::size_t most_params = std::size_t{64} << 20;  // bytes, of all codings together
inline constexpr std::size_t most_pieces = std::size_t{1} << 22;   // of all steps together

struct Recipe {
  std::vector<BlobId> sources;
  std::vector<Coding> codings;
  std::vector<Step> steps;

  std::size_t values() const { return sources.size() + steps.size(); }
  std::uint64_t size_of(std::size_t value) const {
    return value < sources.size() ? sources[value].size : steps[value - sources.size()].size;
  }
  // Bytes of payload that the steps take together, front to back. The recipe must be sound.
  std::uint64_t payload() const;
};

// Checks all that can be checked without sources and payload: every value is made before it is
// used, every range lies inside, pieces do not make more than the step's size, the payload is taken
// in order, hashes stand where they must, codecs and formats are known. `limits`: output bounds
// each value, memory the recipe's own tables, depth the longest chain of steps. Errors: corrupt,
// unsupported, limit; the context names step and piece.
Status check(const Recipe& recipe, const Limits& limits);

// The serialised form (docs/formats/kerf-package.md), of all but the sources and the last value's
// identity, which the envelope states. Errors as check(), and truncated; what comes back has been
// checked.
Result<Recipe> parse(Bytes text, std::vector<BlobId> sources, const BlobId& target,
                     const Limits& limits);

// The inverse (make side). `recipe` must be sound.
std::vector<std::uint8_t> serialise(const Recipe& recipe);

}  // namespace kerf::recipe
