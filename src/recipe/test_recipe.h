// A small recipe with every kind of step and piece, for tests of recipes and packages.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/test_bytes.h"
#include "codec/codec.h"
#include "diff/engine.h"
#include "io/sink.h"
#include "patch/patch.h"
#include "plan/choose.h"
#include "recipe/recipe.h"

namespace kerf::recipe {

inline const std::vector<std::uint8_t> level_six{0x78, 0x9C, 1, 6, 15 | 8 << 4};  // zlib params

inline std::vector<std::uint8_t> pack(Bytes plain) {
  MemorySink packed(std::uint64_t{1} << 20);
  auto encoder = find_codec(CodecId::zlib)->encoder(level_six, packed, {1 << 20, 1 << 22, 1});
  EXPECT_TRUE(encoder && (*encoder)->write(plain) && (*encoder)->finish());
  return std::move(packed).take();
}

inline std::vector<std::uint8_t> sliver_patch(Bytes from, Bytes to) {
  MemorySink patch(std::uint64_t{1} << 20);
  EXPECT_TRUE(plan::write_smallest(from, to, suffix_engine(), **find_writer("sliver"),
                                   {.memory = std::uint64_t{1} << 30}, patch));
  return std::move(patch).take();
}

// Source: head, a packed stream, tail. Target: the like, newer, with zeros between.
//   1 source -> unpacked (no hash: the patch knows it)   2 patch -> new content
//   3 literal, new content packed, zeros, a part of the source -> target
struct Example {
  std::vector<std::uint8_t> source;
  std::vector<std::uint8_t> target;
  std::vector<std::uint8_t> payload;
  Recipe recipe;

  Example() {
    const auto head = test::noise(100, 1, 256);
    const auto plain = test::noise(20000, 2, 20);
    const auto fresh = test::edited(plain, 3, 10);
    const auto packed = pack(plain);
    const auto repacked = pack(fresh);
    const std::string literal = "a new beginning";
    append(source, head);
    append(source, packed);
    append(source, head);
    append(target, as_bytes(literal));
    append(target, repacked);
    target.resize(target.size() + 5000);
    append(target, head);

    std::vector<std::uint8_t> unpacked = head;
    append(unpacked, plain);
    const auto patch = sliver_patch(unpacked, fresh);
    append(payload, patch);
    append(payload, as_bytes(literal));

    recipe.sources = {{source.size(), sha256(source)}};
    recipe.codings = {{CodecId::zlib, {}}, {CodecId::zlib, level_six}};
    Step first;
    first.size = unpacked.size();
    first.pieces = {{PieceKind::copy, 0, {0, head.size()}, 0},
                    {PieceKind::decode, 0, {head.size(), packed.size()}, 0}};
    Step second;
    second.size = fresh.size();
    second.sha256 = sha256(fresh);
    second.patch = PatchStep{PatchFormat::sliver, 1, {0, unpacked.size()}, {0, patch.size()}};
    Step third;
    third.size = target.size();
    third.sha256 = sha256(target);
    third.pieces = {{PieceKind::literal, 0, {patch.size(), literal.size()}, 0},
                    {PieceKind::encode, 2, {0, fresh.size()}, 1},
                    {PieceKind::zero, 0, {0, 5000}, 0},
                    {PieceKind::copy, 0, {source.size() - head.size(), head.size()}, 0}};
    recipe.steps = {first, second, third};
  }
  BlobId target_id() const { return {target.size(), sha256(target)}; }

 private:
  static void append(std::vector<std::uint8_t>& to, Bytes bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
  }
};

inline constexpr Limits test_limits{std::uint64_t{1} << 20, std::uint64_t{64} << 20, 16};

}  // namespace kerf::recipe
