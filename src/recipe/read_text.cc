#include "base/checked.h"
#include "base/varint.h"
#include "recipe/text.h"

namespace kerf::recipe {

namespace {

// From text to a recipe; check() does the rest.
class Reader {
 public:
  Reader(Bytes numbers, ByteReader hashes, const Limits& limits)
      : coder_(numbers, context_count), hashes_(hashes), memory_(limits.memory) {}

  Status read(Recipe& recipe, const BlobId& target) {
    const std::uint64_t codings = coder_.code(at_counts, 0);
    const std::uint64_t steps = coder_.code(at_counts, 0);
    if (steps > most_steps) {
      return Error(Code::limit, "a recipe has at most " + std::to_string(most_steps) + " steps");
    }
    if (codings > most_codings) {
      return Error(Code::limit,
                   "a recipe has at most " + std::to_string(most_codings) + " codings");
    }
    for (std::uint64_t i = 0; i < codings; ++i) {
      TRY(read_coding(recipe));
    }
    for (std::uint64_t i = 0; i < steps; ++i) {
      TRY(charge(sizeof(Step)));
      TRY(read_step(recipe, i + 1 == steps ? &target : nullptr));
    }
    if (hashes_.remaining() != 0) {
      return Error(Code::corrupt, "bytes follow the hashes of the steps").at(hashes_.offset());
    }
    return {};
  }

 private:
  // Damaged numbers can ask for any amount of anything.
  Status charge(std::uint64_t bytes) {
    if (bytes > memory_) {
      return Error(Code::limit, "the recipe takes more memory than is permitted");
    }
    memory_ -= bytes;
    return {};
  }

  // Of a codec or a format: more than any has is no other one's.
  Result<std::uint8_t> read_number_of(Context context, const char* what) {
    const std::uint64_t number = coder_.code(context, 0);
    if (number > 255) {
      return Error(Code::unsupported, "needs " + std::string(what) + " " + std::to_string(number) +
                                          ", which this build has not; a newer kerf may have it");
    }
    return static_cast<std::uint8_t>(number);
  }

  Status read_coding(Recipe& recipe) {
    Coding coding;
    TRY_ASSIGN(const std::uint8_t codec, read_number_of(at_codec, "codec"));
    coding.codec = static_cast<CodecId>(codec);
    const std::uint64_t length = coder_.code(at_params_length, 0);
    if (length > most_params - params_) {
      return Error(Code::limit, "the codings of a recipe have at most " +
                                    std::to_string(most_params) + " bytes of params");
    }
    params_ += length;
    for (std::uint64_t i = 0; i < length; ++i) {
      TRY(charge(2));
      coding.params.push_back(static_cast<std::uint8_t>(coder_.code(at_params, 0)));
    }
    TRY(charge(sizeof(Coding)));
    recipe.codings.push_back(std::move(coding));
    return {};
  }

  Status read_step(Recipe& recipe, const BlobId* target) {
    const std::uint64_t flags = coder_.code(at_step, 0);
    if (flags > (step_is_patch | step_has_hash)) {
      return Error(Code::unsupported, "a step has unknown properties; a newer kerf may have them");
    }
    Step step;
    step.size = target != nullptr ? target->size : coder_.code(at_step_size, 0);
    if (target != nullptr) {
      step.sha256 = target->sha256;
    }
    if ((flags & step_has_hash) != 0) {
      const Bytes hash = hashes_.take(sizeof(Sha256));
      TRY(hashes_.status());
      std::copy(hash.begin(), hash.end(), step.sha256.emplace().begin());
    }
    if ((flags & step_is_patch) != 0) {
      TRY(read_patch(recipe, step.patch.emplace()));
    } else {
      TRY(read_pieces(recipe, step.pieces));
    }
    recipe.steps.push_back(std::move(step));
    return {};
  }

  Status read_patch(const Recipe& recipe, PatchStep& patch) {
    TRY_ASSIGN(const std::uint8_t format, read_number_of(at_format, "patch format"));
    patch.format = static_cast<PatchFormat>(format);
    const std::uint64_t back = coder_.code(at_patch, 0);
    if (back >= recipe.values()) {
      return Error(Code::corrupt, "a patch step has no base");
    }
    patch.value = static_cast<std::uint32_t>(recipe.values() - 1 - back);
    patch.range.offset = coder_.code(at_patch, 0);
    patch.range.length =
        recipe.size_of(patch.value) - patch.range.offset - coder_.code(at_patch, 0);
    patch.patch = {payload_, coder_.code(at_patch, 0)};
    payload_ += patch.patch.length;
    return {};
  }

  Status read_pieces(const Recipe& recipe, std::vector<Piece>& pieces) {
    const std::uint64_t count = coder_.code(at_pieces, 0);
    if (count > most_pieces - pieces_) {
      return Error(Code::limit, "a recipe has at most " + std::to_string(most_pieces) + " pieces");
    }
    pieces_ += count;
    TRY(charge(recipe.values() * sizeof(std::uint64_t)));
    PieceCoder coder(coder_, recipe, recipe.values(), copies_);
    for (std::uint64_t i = 0; i < count; ++i) {
      TRY(charge(2 * sizeof(Piece)));  // the vector grows by doubling
      if (!coder.code(pieces.emplace_back(), payload_)) {
        return Error(Code::corrupt, "a piece is of no known kind, or of a value not made yet");
      }
    }
    coder.finish();
    memory_ += recipe.values() * sizeof(std::uint64_t);
    return {};
  }

  NumberDecoder coder_;
  ByteReader hashes_;
  std::uint64_t memory_;
  std::uint64_t payload_ = 0;
  std::uint64_t pieces_ = 0;
  std::uint64_t params_ = 0;
  std::vector<std::uint64_t> copies_;  // for PieceCoder
};

}  // namespace

Result<Recipe> parse(Bytes text, std::vector<BlobId> sources, const BlobId& target,
                     const Limits& limits) {
  ByteReader in(text);
  TRY_ASSIGN(const std::uint64_t length, read_varint(in));
  const auto known = checked_cast<std::size_t>(length);
  if (!known || *known > in.remaining()) {
    return Error(Code::truncated, "the recipe's numbers pass its end").at(0);
  }
  const Bytes numbers = in.take(*known);
  Recipe recipe;
  recipe.sources = std::move(sources);
  TRY(Reader(numbers, in, limits).read(recipe, target));
  TRY(check(recipe, limits));
  return recipe;
}

}  // namespace kerf::recipe
