#include "base/varint.h"
#include "io/copy.h"
#include "package/kerf/format.h"

namespace kerf::package {

namespace {

void write_id(const BlobId& id, ByteWriter& out) {
  write_varint(id.size, out);
  out.bytes(id.sha256);
}

std::uint64_t rounded_up(std::uint64_t value, std::uint64_t unit) {
  return value / unit + (value % unit == 0 ? 0 : 1);
}

// One for each patch and each run of literals, as the steps take them.
std::vector<Extent> cut(const recipe::Recipe& recipe) {
  std::vector<Extent> parts;
  for (const recipe::Step& step : recipe.steps) {
    if (step.patch && step.patch->patch.length > 0) {
      parts.push_back(step.patch->patch);
    }
    bool joins = false;
    for (const recipe::Piece& piece : step.pieces) {
      if (piece.kind != recipe::PieceKind::literal) {
        continue;
      }
      if (joins) {
        parts.back().length += piece.range.length;
      } else {
        parts.push_back(piece.range);
      }
      joins = true;
    }
  }
  return parts;
}

}  // namespace

Status write(const recipe::Recipe& recipe, const Source& payload, std::uint64_t decoding,
             const trust::PrivateKey* key, const Limits& limits, Sink& out) {
  TRY_ASSIGN(const recipe::Needs needs, recipe::assess(recipe, payload, decoding, limits));
  const recipe::Step& last = recipe.steps.back();
  if (!last.sha256) {
    return Error(Code::bug, "the recipe's target has no hash");
  }
  ByteWriter manifest;
  write_varint(recipe.sources.size(), manifest);
  for (const BlobId& source : recipe.sources) {
    write_id(source, manifest);
  }
  write_id({last.size, *last.sha256}, manifest);
  write_varint(rounded_up(needs.memory, size_unit), manifest);
  write_varint(rounded_up(needs.scratch, size_unit), manifest);
  write_varint(rounded_up(needs.time, time_unit), manifest);
  write_varint(needs.capabilities.size(), manifest);
  for (const recipe::Capability& capability : needs.capabilities) {
    const bool versioned = capability.version != 0;
    write_varint(std::uint64_t{capability.number} << 1 | (versioned ? 1U : 0U), manifest);
    if (versioned) {
      write_varint(capability.version, manifest);
    }
  }
  const std::vector<Extent> parts = cut(recipe);
  write_varint(parts.size(), manifest);
  for (const Extent& part : parts) {
    TRY_ASSIGN(const Section section, section_of(SliceSource(payload, part.offset, part.length)));
    write_varint(section.length, manifest);
    manifest.bytes(section.hash);
  }
  manifest.bytes(recipe::serialise(recipe));

  ByteWriter front;
  front.bytes(as_bytes(mark));
  front.le32(static_cast<std::uint32_t>(manifest.size()));
  front.bytes(manifest.view());
  front.u8(key == nullptr ? unsigned_kind : ed25519_kind);
  if (key == nullptr) {
    const Sha256 hash = sha256(front.view());
    front.bytes(Bytes(hash).first(checksum_size));
  } else {
    TRY_ASSIGN(const auto signature, trust::sign(*key, front.view()));
    front.bytes(trust::key_id(trust::public_of(*key)));
    front.bytes(signature);
  }
  TRY(out.write(front.view()));
  return copy(payload, out, nullptr, {});
}

}  // namespace kerf::package
