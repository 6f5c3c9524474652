#include "recipe/needs.h"

#include <algorithm>
#include <set>

namespace kerf::recipe {

namespace {

constexpr std::uint32_t first_decoder = 16;
constexpr std::uint32_t first_encoder = 48;

// Where the params of codecs that are libraries state the version (docs/formats/codecs.md).
std::uint32_t version_of(const Coding& coding) {
  const std::size_t at = coding.codec == CodecId::lzma ? 1 : 0;
  const bool library = coding.codec == CodecId::xz || coding.codec == CodecId::lzma ||
                       coding.codec == CodecId::bzip2;
  if (!library || coding.params.size() < at + 3) {
    return 0;
  }
  return std::uint32_t{coding.params[at]} << 16 | std::uint32_t{coding.params[at + 1]} << 8 |
         coding.params[at + 2];
}

class Assessor {
 public:
  Assessor(const Recipe& recipe, const Source& payload, std::uint64_t decoding,
           const Limits& limits)
      : recipe_(recipe), payload_(payload), decoding_(decoding), limits_(limits) {}

  Result<Needs> run() {
    auto uses = last_uses(recipe_);
    std::uint64_t live = 0;
    for (std::size_t i = 0; i < recipe_.steps.size(); ++i) {
      const Step& step = recipe_.steps[i];
      if (i + 1 < recipe_.steps.size()) {  // the target goes to its owner
        live += step.size;
      }
      needs_.scratch = std::max(needs_.scratch, live);
      TRY(assess_step(step));
      for_each_input(step, [&](std::size_t value) {
        if (uses[value] == i) {
          live -= value < recipe_.sources.size() ? 0 : recipe_.size_of(value);
          uses[value] = recipe_.steps.size();  // once
        }
      });
    }
    needs_.capabilities.assign(capabilities_.begin(), capabilities_.end());
    return std::move(needs_);
  }

 private:
  Status assess_step(const Step& step) {
    if (step.patch) {
      capabilities_.insert({static_cast<std::uint32_t>(step.patch->format), 0});
      const Extent& at = step.patch->patch;
      if (!at.within(payload_.size())) {
        return Error(Code::truncated, "the payload ends before a patch does").at(at.offset);
      }
      TRY_ASSIGN(const PatchInfo info,
                 find_reader(step.patch->format)
                     ->info(SliceSource(payload_, at.offset, at.length), limits_));
      needs_.memory = std::max(needs_.memory, info.memory);
    }
    for (const Piece& piece : step.pieces) {
      TRY(assess_piece(piece));
    }
    return {};
  }

  Status assess_piece(const Piece& piece) {
    if (piece.kind != PieceKind::decode && piece.kind != PieceKind::encode) {
      return {};
    }
    const Coding& coding = recipe_.codings[piece.coding];
    const auto number = static_cast<std::uint32_t>(coding.codec);
    if (piece.kind == PieceKind::decode) {
      capabilities_.insert({first_decoder + number, 0});
      needs_.memory = std::max(needs_.memory, decoding_);
      return {};
    }
    capabilities_.insert({first_encoder + number, version_of(coding)});
    TRY_ASSIGN(const Cost cost,
               find_codec(coding.codec)->encode_cost(coding.params, piece.range.length));
    needs_.memory = std::max(needs_.memory, cost.memory);
    needs_.time += cost.time;
    return {};
  }

  const Recipe& recipe_;
  const Source& payload_;
  std::uint64_t decoding_;
  const Limits& limits_;
  std::set<Capability> capabilities_;
  Needs needs_;
};

}  // namespace

std::string to_string(const Capability& capability) {
  if (capability.number < first_decoder) {
    const PatchReader* reader = find_reader(static_cast<PatchFormat>(capability.number));
    return reader == nullptr ? "patch format " + std::to_string(capability.number)
                             : std::string(reader->name());
  }
  const bool packs = capability.number >= first_encoder;
  const std::uint32_t id = capability.number - (packs ? first_encoder : first_decoder);
  const Codec* codec = id < 256 ? find_codec(static_cast<CodecId>(id)) : nullptr;
  std::string text(packs ? "encode " : "decode ");
  text += codec == nullptr ? "codec " + std::to_string(id) : std::string(codec->name());
  const std::uint32_t version = capability.version;
  if (version != 0) {
    text.append(" ").append(std::to_string(version >> 16));
    text.append(".").append(std::to_string(version >> 8 & 255));
    text.append(".").append(std::to_string(version & 255));
  }
  return text;
}

Result<Needs> assess(const Recipe& recipe, const Source& payload, std::uint64_t decoding,
                     const Limits& limits) {
  return Assessor(recipe, payload, decoding, limits).run();
}

Status check_capabilities(std::span<const Capability> needed) {
  std::string missing;
  for (const Capability& capability : needed) {
    const std::uint32_t number = capability.number;
    const std::uint32_t id = number - (number >= first_encoder ? first_encoder : first_decoder);
    const bool known = number < first_decoder
                           ? find_reader(static_cast<PatchFormat>(number)) != nullptr
                           : id < 256 && find_codec(static_cast<CodecId>(id)) != nullptr;
    if (!known) {
      missing += (missing.empty() ? "" : ", ") + to_string(capability);
    }
  }
  if (!missing.empty()) {
    return Error(Code::unsupported,
                 "it needs what this build has not (" + missing + "); a newer kerf may have it");
  }
  return {};
}

std::vector<std::size_t> last_uses(const Recipe& recipe) {
  std::vector<std::size_t> uses(recipe.values(), recipe.steps.size());
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    for_each_input(recipe.steps[i], [&](std::size_t value) { uses[value] = i; });
  }
  return uses;
}

}  // namespace kerf::recipe
