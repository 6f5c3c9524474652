#include "plan/lay_out.h"

#include <algorithm>

namespace kerf::plan {

namespace {

using recipe::Piece;
using recipe::PieceKind;

std::uint32_t coding_of(recipe::Coding coding, recipe::Recipe& recipe) {
  const auto at = std::ranges::find(recipe.codings, coding);
  const auto index = static_cast<std::uint32_t>(at - recipe.codings.begin());
  if (at == recipe.codings.end()) {
    recipe.codings.push_back(std::move(coding));
  }
  return index;
}

std::uint32_t last_value(const recipe::Recipe& recipe) {
  return static_cast<std::uint32_t>(recipe.values() - 1);
}

// Appends a copy of `length` bytes of `value`, unless there are none.
void add_copy(std::uint32_t value, std::uint64_t offset, std::uint64_t length,
              std::vector<Piece>& pieces) {
  if (length > 0) {
    pieces.push_back({PieceKind::copy, value, {offset, length}, 0});
  }
}

}  // namespace

std::uint32_t lay_out_unpacking(const Unpacked& old_file, bool name_last, recipe::Recipe& recipe) {
  std::uint32_t value = 0;
  for (std::size_t k = 0; k + 1 < old_file.layers.size(); ++k) {
    const Layer& packed = old_file.layers[k];
    const Layer& plain = old_file.layers[k + 1];
    recipe::Step step;
    step.size = plain.bytes.size();
    std::uint64_t done = 0;
    for (const Stream& stream : packed.streams) {
      add_copy(value, done, stream.packed.offset - done, step.pieces);
      step.pieces.push_back(
          {PieceKind::decode, value, stream.packed, coding_of({stream.codec, {}}, recipe)});
      done = stream.packed.offset + stream.packed.length;
    }
    add_copy(value, done, packed.bytes.size() - done, step.pieces);
    if (name_last || k + 2 < old_file.layers.size()) {
      step.sha256 = sha256(plain.bytes);
    }
    recipe.steps.push_back(std::move(step));
    value = last_value(recipe);
  }
  return value;
}

void lay_out_packing(const Unpacked& new_file, recipe::Recipe& recipe) {
  for (std::size_t k = new_file.layers.size() - 1; k-- > 0;) {
    const Layer& packed = new_file.layers[k];
    const std::uint32_t value = last_value(recipe);
    recipe::Step step;
    step.size = packed.bytes.size();
    step.sha256 = sha256(packed.bytes);
    std::uint64_t packed_done = 0;
    std::uint64_t plain_done = 0;
    for (const Stream& stream : packed.streams) {
      const std::uint64_t gap = stream.packed.offset - packed_done;
      add_copy(value, plain_done, gap, step.pieces);
      plain_done += gap;
      step.pieces.push_back({PieceKind::encode,
                             value,
                             {plain_done, stream.plain},
                             coding_of({stream.codec, stream.params}, recipe)});
      plain_done += stream.plain;
      packed_done = stream.packed.offset + stream.packed.length;
    }
    add_copy(value, plain_done, packed.bytes.size() - packed_done, step.pieces);
    recipe.steps.push_back(std::move(step));
  }
}

}  // namespace kerf::plan
