#include "recipe/recipe.h"

#include <algorithm>

#include "base/checked.h"
#include "patch/bsdiff/bsdiff.h"
#include "patch/sliver/sliver.h"
#include "patch/vcdiff/vcdiff.h"

namespace kerf::recipe {

namespace {

// One pass over a recipe, front to back.
class Checker {
 public:
  Checker(const Recipe& recipe, const Limits& limits) : recipe_(recipe), limits_(limits) {}

  Status run() {
    if (recipe_.sources.empty() || recipe_.steps.empty()) {
      return Error(Code::corrupt, "a recipe needs a source and a step");
    }
    if (recipe_.steps.size() > most_steps) {
      return Error(Code::limit, "a recipe has at most " + std::to_string(most_steps) + " steps");
    }
    TRY(check_codings());
    depths_.assign(recipe_.values(), 0);
    for (std::size_t i = 0; i < recipe_.steps.size(); ++i) {
      if (Status status = check_step(i); !status) {
        return std::move(status).error().in("step " + std::to_string(i + 1));
      }
    }
    return check_names();
  }

 private:
  Status check_codings() const {
    std::uint64_t params = 0;
    for (const Coding& coding : recipe_.codings) {
      params += coding.params.size();
    }
    if (recipe_.codings.size() > most_codings || params > most_params) {
      return Error(Code::limit, "a recipe has at most " + std::to_string(most_codings) +
                                    " codings with " + std::to_string(most_params) +
                                    " bytes of params");
    }
    return {};
  }

  Status check_step(std::size_t i) {
    now_ = recipe_.sources.size() + i;
    const Step& step = recipe_.steps[i];
    if (step.size > limits_.output) {
      return Error(Code::limit, "makes " + std::to_string(step.size) + " bytes, " +
                                    std::to_string(limits_.output) + " are permitted");
    }
    if (step.patch) {
      TRY(check_patch(*step.patch));
      if (!step.pieces.empty()) {
        return Error(Code::corrupt, "is a patch and an assembly at once");
      }
    } else {
      TRY(check_pieces(step));
    }
    if (++depths_[now_] > limits_.depth) {
      return Error(Code::limit, "steps build on each other more than " +
                                    std::to_string(limits_.depth) + " deep");
    }
    return {};
  }

  Status check_pieces(const Step& step) {
    std::uint64_t known = 0;
    for (std::size_t i = 0; i < step.pieces.size(); ++i) {
      const auto in_piece = [i](Error error) {
        return std::move(error).in("piece " + std::to_string(i + 1));
      };
      auto made = check_piece(step.pieces[i]);
      if (!made) {
        return in_piece(std::move(made).error());
      }
      if (*made > step.size - known) {
        return in_piece(Error(Code::corrupt, "makes more than the step's size"));
      }
      known += *made;
    }
    return {};
  }

  // The bytes that it is known to make.
  Result<std::uint64_t> check_piece(const Piece& piece) {
    if (piece.range.length == 0) {
      return Error(Code::corrupt, "is empty");
    }
    switch (piece.kind) {
      case PieceKind::zero:
        return piece.range.length;
      case PieceKind::literal:
        TRY(take_payload(piece.range));
        return piece.range.length;
      case PieceKind::copy:
        TRY(use(piece.value, piece.range));
        return piece.range.length;
      case PieceKind::decode:
      case PieceKind::encode:
        TRY(use(piece.value, piece.range));
        if (piece.coding >= recipe_.codings.size()) {
          return Error(Code::corrupt, "names a coding that is not there");
        }
        return check_coding(piece);
    }
    return Error(Code::corrupt, "is of no known kind");
  }

  Result<std::uint64_t> check_coding(const Piece& piece) const {
    const Coding& coding = recipe_.codings[piece.coding];
    const Codec* codec = find_codec(coding.codec);
    if (codec == nullptr) {
      return Error(Code::unsupported, "needs codec " +
                                          std::to_string(static_cast<unsigned>(coding.codec)) +
                                          ", which this build has not; a newer kerf may have it");
    }
    if (piece.kind == PieceKind::encode) {
      TRY_ASSIGN(const Cost cost, codec->encode_cost(coding.params, piece.range.length));
      if (cost.memory > limits_.memory) {
        return Error(Code::limit, "packing " + std::string(codec->name()) + " takes " +
                                      std::to_string(cost.memory) + " bytes of memory, " +
                                      std::to_string(limits_.memory) + " are permitted");
      }
    }
    return std::uint64_t{0};
  }

  Status check_patch(const PatchStep& patch) {
    if (find_reader(patch.format) == nullptr) {
      return Error(Code::unsupported, "needs patch format " +
                                          std::to_string(static_cast<unsigned>(patch.format)) +
                                          ", which this build has not; a newer kerf may have it");
    }
    TRY(use(patch.value, patch.range));
    return take_payload(patch.patch);
  }

  Status use(std::uint32_t value, const Extent& range) {
    if (value >= now_) {
      return Error(Code::corrupt, "uses a value that is not made yet");
    }
    if (!range.within(recipe_.size_of(value))) {
      return Error(Code::corrupt, "reaches beyond the value that it uses");
    }
    depths_[now_] = std::max(depths_[now_], depths_[value]);
    return {};
  }

  Status take_payload(const Extent& part) {
    const auto end = checked_add(part.offset, part.length);
    if (part.offset != payload_ || !end) {
      return Error(Code::corrupt, "does not take the payload in order");
    }
    payload_ = *end;
    return {};
  }

  // Every value must be checked by someone.
  Status check_names() const {
    std::vector<bool> named_by_user(recipe_.values(), false);
    std::vector<bool> used_otherwise(recipe_.values(), false);
    for (const Step& step : recipe_.steps) {
      if (step.patch) {
        const PatchStep& patch = *step.patch;
        const bool whole =
            patch.range == Extent{0, recipe_.size_of(patch.value)} && states(patch.format);
        (whole ? named_by_user : used_otherwise)[patch.value] = true;
      }
      for (const Piece& piece : step.pieces) {
        if (piece.kind != PieceKind::literal && piece.kind != PieceKind::zero) {
          used_otherwise[piece.value] = true;
        }
      }
    }
    for (std::size_t i = 0; i < recipe_.steps.size(); ++i) {
      const Step& step = recipe_.steps[i];
      const std::size_t value = recipe_.sources.size() + i;
      const bool last = i + 1 == recipe_.steps.size();
      if (!last && !named_by_user[value] && !used_otherwise[value]) {
        return Error(Code::corrupt, "step " + std::to_string(i + 1) + " makes what nobody uses");
      }
      const bool patched = step.patch && states(step.patch->format);
      if (!step.sha256 && !patched && (last || !named_by_user[value] || used_otherwise[value])) {
        return Error(Code::corrupt,
                     "nothing says which hash the value of step " + std::to_string(i + 1) + " has");
      }
    }
    return {};
  }

  static bool states(PatchFormat format) { return find_reader(format)->states_identities(); }

  const Recipe& recipe_;
  const Limits& limits_;
  std::vector<unsigned> depths_;
  std::size_t now_ = 0;
  std::uint64_t payload_ = 0;
};

}  // namespace

const PatchReader* find_reader(PatchFormat format) {
  switch (format) {
    case PatchFormat::bsdiff40:
      return &bsdiff::reader();
    case PatchFormat::endsley:
      return &bsdiff::endsley_reader();
    case PatchFormat::vcdiff:
      return &vcdiff::reader();
    case PatchFormat::sliver:
      return &sliver::reader();
  }
  return nullptr;
}

std::uint64_t Recipe::payload() const {
  std::uint64_t end = 0;
  for (const Step& step : steps) {
    if (step.patch) {
      end = step.patch->patch.offset + step.patch->patch.length;
    }
    for (const Piece& piece : step.pieces) {
      if (piece.kind == PieceKind::literal) {
        end = piece.range.offset + piece.range.length;
      }
    }
  }
  return end;
}

Status check(const Recipe& recipe, const Limits& limits) {
  return Checker(recipe, limits).run();
}

}  // namespace kerf::recipe
