#include "recipe/run.h"

#include <algorithm>
#include <array>

#include "codec/limited_sink.h"
#include "io/copy.h"
#include "io/hash_source.h"
#include "recipe/needs.h"

namespace kerf::recipe {

namespace {

// Zeros are written by the page.
constexpr std::size_t zero_page = 4096;

class Runner {
 public:
  Runner(const Recipe& recipe, std::span<const Source* const> sources, const Source& payload,
         Workshop& workshop, const RunOptions& options)
      : recipe_(recipe),
        payload_(payload),
        workshop_(workshop),
        options_(options),
        values_(sources.begin(), sources.end()) {
    values_.resize(recipe.values(), nullptr);
    owned_.resize(recipe.values());
  }

  Status run(Sink& to) {
    TRY(check_sources());
    TRY(name_values());
    TRY(choose_steps());
    const auto uses = last_uses(recipe_);
    for (std::size_t i = 0; i < recipe_.steps.size(); ++i) {
      if (!needed_[i]) {
        continue;
      }
      if (Status status = make(i, to); !status) {
        return std::move(status).error().in("step " + std::to_string(i + 1));
      }
      Status discarded;
      for_each_input(recipe_.steps[i], [&](std::size_t value) {
        if (uses[value] == i && owned_[value] != nullptr && discarded) {
          values_[value] = nullptr;
          owned_[value].reset();
          discarded = workshop_.discard(value, ids_[value]);
        }
      });
      TRY(std::move(discarded));
    }
    return {};
  }

 private:
  Status check_sources() const {
    for (std::size_t i = 0; i < recipe_.sources.size(); ++i) {
      const BlobId& wanted = recipe_.sources[i];
      if (values_[i]->size() != wanted.size) {
        return Error(Code::mismatch, "the package is for another old file: it wants " +
                                         std::to_string(wanted.size) + " bytes, this one has " +
                                         std::to_string(values_[i]->size()));
      }
      TRY_ASSIGN(const BlobId found, identify(*values_[i], options_.observer));
      if (found != wanted) {
        return Error(Code::mismatch, "the package is for another old file: it wants SHA-256 " +
                                         to_hex(wanted.sha256) + ", this one has " +
                                         to_hex(found.sha256));
      }
    }
    return {};
  }

  // Hashes that stand only in patches.
  Status name_values() {
    ids_ = recipe_.sources;
    for (const Step& step : recipe_.steps) {
      ids_.push_back({step.size, step.sha256.value_or(Sha256{})});
    }
    for (std::size_t i = 0; i < recipe_.steps.size(); ++i) {
      const Step& step = recipe_.steps[i];
      if (!step.patch || !find_reader(step.patch->format)->states_identities()) {
        continue;
      }
      const std::size_t base = step.patch->value;
      const bool base_unnamed =
          base >= recipe_.sources.size() && !recipe_.steps[base - recipe_.sources.size()].sha256;
      if (step.sha256 && !base_unnamed) {
        continue;
      }
      TRY_ASSIGN(const PatchInfo info,
                 find_reader(step.patch->format)->info(patch_of(*step.patch), options_.limits));
      if (!info.old_id || !info.new_sha256) {
        return Error(Code::corrupt, "a patch says neither what it is for nor what it makes");
      }
      if (!step.sha256) {
        ids_[recipe_.sources.size() + i].sha256 = *info.new_sha256;
      }
      if (base_unnamed) {
        ids_[base].sha256 = info.old_id->sha256;
      }
    }
    return {};
  }

  // From the target backwards: what is there already need not be made, nor what only that needs.
  Status choose_steps() {
    const std::size_t steps = recipe_.steps.size();
    needed_.assign(steps, false);
    needed_.back() = true;
    for (std::size_t i = steps; i-- > 0;) {
      const std::size_t value = recipe_.sources.size() + i;
      if (!needed_[i]) {
        TRY(workshop_.discard(value, ids_[value]));  // an interrupted run may have left it
        continue;
      }
      if (i + 1 < steps) {
        TRY_ASSIGN(owned_[value], workshop_.find(value, ids_[value], options_.observer));
        if (owned_[value] != nullptr) {
          values_[value] = owned_[value].get();
          needed_[i] = false;
          continue;
        }
      }
      for_each_input(recipe_.steps[i], [this](std::size_t input) { need(input); });
    }
    return {};
  }

  void need(std::size_t value) {
    if (value >= recipe_.sources.size()) {
      needed_[value - recipe_.sources.size()] = true;
    }
  }

  Status make(std::size_t i, Sink& to) {
    const std::size_t value = recipe_.sources.size() + i;
    if (i + 1 == recipe_.steps.size()) {
      return fill(i, to);
    }
    TRY_ASSIGN(const auto draft, workshop_.begin(value, ids_[value]));
    TRY(fill(i, *draft));
    TRY_ASSIGN(owned_[value], draft->keep());
    values_[value] = owned_[value].get();
    return {};
  }

  Status fill(std::size_t i, Sink& to) {
    const Step& step = recipe_.steps[i];
    const BlobId& wanted = ids_[recipe_.sources.size() + i];
    LimitedSink limited(to, step.size);
    HashingSink hashing(&limited);
    if (step.patch) {
      TRY(apply(*step.patch, wanted, hashing));
    }
    for (std::size_t k = 0; k < step.pieces.size(); ++k) {
      if (Status status = write(step.pieces[k], step.size - hashing.size(), hashing); !status) {
        return std::move(status).error().in("piece " + std::to_string(k + 1));
      }
      TRY(notify(options_.observer, "apply", hashing.size(), step.size));
    }
    const BlobId made = hashing.finish();
    if (made != wanted) {
      return Error(Code::mismatch, "made " + std::to_string(made.size) + " bytes with SHA-256 " +
                                       to_hex(made.sha256) + ", expected are " +
                                       std::to_string(wanted.size) + " with " +
                                       to_hex(wanted.sha256));
    }
    return {};
  }

  SliceSource patch_of(const PatchStep& patch) const {
    return {payload_, patch.patch.offset, patch.patch.length};
  }

  Status apply(const PatchStep& patch, const BlobId& wanted, Sink& to) const {
    ApplyOptions options{.limits = {wanted.size, options_.limits.memory, 1},
                         .old_sha256 = {},
                         .new_sha256 = {},
                         .observer = options_.observer,
                         .threads = options_.threads};
    const SliceSource base(*values_[patch.value], patch.range.offset, patch.range.length);
    return find_reader(patch.format)->apply(base, patch_of(patch), to, options);
  }

  Status write(const Piece& piece, std::uint64_t room, Sink& to) const {
    if (piece.kind == PieceKind::zero) {
      return write_zeros(piece.range.length, to);
    }
    const Source& from = piece.kind == PieceKind::literal ? payload_ : *values_[piece.value];
    const SliceSource part(from, piece.range.offset, piece.range.length);
    if (piece.kind == PieceKind::copy || piece.kind == PieceKind::literal) {
      return copy(part, to, nullptr, {});
    }
    const Coding& coding = recipe_.codings[piece.coding];
    const Codec& codec = *find_codec(coding.codec);
    const Limits limits{room, options_.limits.memory, 1};
    if (piece.kind == PieceKind::encode) {
      TRY_ASSIGN(const auto encoder, codec.encoder(coding.params, to, limits));
      TRY(copy(part, *encoder, options_.observer, "apply"));
      return encoder->finish();
    }
    TRY_ASSIGN(const Decoded decoded, codec.decode(part, to, limits));
    if (decoded.packed != piece.range.length) {
      return Error(Code::mismatch, "a packed stream has another length than the recipe says");
    }
    return {};
  }

  static Status write_zeros(std::uint64_t length, Sink& to) {
    static constexpr std::array<std::uint8_t, zero_page> zeros{};
    while (length > 0) {
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(length, zeros.size()));
      TRY(to.write(Bytes(zeros).first(part)));
      length -= part;
    }
    return {};
  }

  const Recipe& recipe_;
  const Source& payload_;
  Workshop& workshop_;
  const RunOptions& options_;
  std::vector<const Source*> values_;
  std::vector<std::unique_ptr<Source>> owned_;
  std::vector<BlobId> ids_;   // of every value
  std::vector<bool> needed_;  // by step
};

}  // namespace

Status run(const Recipe& recipe, std::span<const Source* const> sources, const Source& payload,
           Sink& to, Workshop& workshop, const RunOptions& options) {
  if (sources.size() != recipe.sources.size()) {
    return Error(Code::mismatch, "the package wants " + std::to_string(recipe.sources.size()) +
                                     " old files, there are " + std::to_string(sources.size()));
  }
  if (payload.size() != recipe.payload()) {
    return Error(Code::corrupt, "the payload has another length than the recipe takes");
  }
  return Runner(recipe, sources, payload, workshop, options).run(to);
}

}  // namespace kerf::recipe
