#include "base/varint.h"
#include "recipe/text.h"

namespace kerf::recipe {

std::vector<std::uint8_t> serialise(const Recipe& recipe) {
  NumberEncoder coder(context_count);
  ByteWriter hashes;
  coder.code(at_counts, recipe.codings.size());
  coder.code(at_counts, recipe.steps.size());
  for (const Coding& coding : recipe.codings) {
    coder.code(at_codec, static_cast<std::uint64_t>(coding.codec));
    coder.code(at_params_length, coding.params.size());
    for (const std::uint8_t byte : coding.params) {
      coder.code(at_params, byte);
    }
  }
  std::uint64_t payload = 0;
  std::vector<std::uint64_t> copies;  // for PieceCoder
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    const Step& step = recipe.steps[i];
    const std::size_t now = recipe.sources.size() + i;
    const bool last = i + 1 == recipe.steps.size();
    const bool hash = step.sha256 && !last;  // the envelope states that of the target
    coder.code(at_step, (step.patch ? step_is_patch : 0) | (hash ? step_has_hash : 0));
    if (!last) {
      coder.code(at_step_size, step.size);
    }
    if (hash) {
      hashes.bytes(*step.sha256);
    }
    if (step.patch) {
      const PatchStep& patch = *step.patch;
      coder.code(at_format, static_cast<std::uint64_t>(patch.format));
      coder.code(at_patch, now - 1 - patch.value);
      coder.code(at_patch, patch.range.offset);
      const std::uint64_t rest = recipe.size_of(patch.value) - patch.range.offset;
      coder.code(at_patch, rest - patch.range.length);
      coder.code(at_patch, patch.patch.length);
      payload += patch.patch.length;
      continue;
    }
    coder.code(at_pieces, step.pieces.size());
    PieceCoder pieces(coder, recipe, now, copies);
    for (Piece piece : step.pieces) {
      pieces.code(piece, payload);
    }
    pieces.finish();
  }
  const std::vector<std::uint8_t> numbers = coder.finish();
  ByteWriter text;
  write_varint(numbers.size(), text);
  text.bytes(numbers);
  text.bytes(hashes.view());
  return std::move(text).take();
}

}  // namespace kerf::recipe
