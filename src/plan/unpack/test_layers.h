// From layer to layer as a device would go, for the test and the fuzzer of unpack().
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "io/sink.h"
#include "plan/unpack/unpack.h"

namespace kerf::plan::test {

inline Bytes part(Bytes bytes, Extent extent) {
  return bytes.subspan(static_cast<std::size_t>(extent.offset),
                       static_cast<std::size_t>(extent.length));
}

// The layer above `plain`: each stream packed again from its params.
inline Status pack(const Layer& packed, Bytes plain, const Limits& limits, Sink& out) {
  std::uint64_t packed_done = 0;
  std::uint64_t plain_done = 0;
  for (const Stream& stream : packed.streams) {
    const std::uint64_t gap = stream.packed.offset - packed_done;
    TRY(out.write(part(plain, {plain_done, gap})));
    plain_done += gap;
    TRY_ASSIGN(const auto encoder, find_codec(stream.codec)->encoder(stream.params, out, limits));
    TRY(encoder->write(part(plain, {plain_done, stream.plain})));
    TRY(encoder->finish());
    plain_done += stream.plain;
    packed_done = stream.packed.offset + stream.packed.length;
  }
  return out.write(plain.subspan(static_cast<std::size_t>(plain_done)));
}

// The layer below `packed`.
inline Status unpack_layer(const Layer& packed, const Limits& limits, Sink& out) {
  std::uint64_t done = 0;
  for (const Stream& stream : packed.streams) {
    TRY(out.write(part(packed.bytes, {done, stream.packed.offset - done})));
    const MemorySource source(part(packed.bytes, stream.packed));
    TRY_ASSIGN(const Decoded decoded, find_codec(stream.codec)->decode(source, out, limits));
    if (decoded.packed != stream.packed.length || decoded.plain != stream.plain) {
      return Error(Code::mismatch, "a stream has another size than unpack() says").in(stream.path);
    }
    done = stream.packed.offset + stream.packed.length;
  }
  return out.write(packed.bytes.subspan(static_cast<std::size_t>(done)));
}

inline Status equal(Bytes made, Bytes expected, std::size_t layer) {
  return std::equal(made.begin(), made.end(), expected.begin(), expected.end())
             ? Status()
             : Error(Code::mismatch, "layer " + std::to_string(layer) + " comes out otherwise");
}

// Whether each layer makes the next by unpacking.
inline Status goes_down(const Unpacked& file, const Limits& limits) {
  for (std::size_t k = 0; k + 1 < file.layers.size(); ++k) {
    MemorySink made(limits.output);
    TRY(unpack_layer(file.layers[k], limits, made));
    TRY(equal(made.view(), file.layers[k + 1].bytes, k + 1));
  }
  return {};
}

// Whether each layer makes the one before by packing.
inline Status goes_up(const Unpacked& file, const Limits& limits) {
  for (std::size_t k = 0; k + 1 < file.layers.size(); ++k) {
    MemorySink made(limits.output);
    TRY(pack(file.layers[k], file.layers[k + 1].bytes, limits, made));
    TRY(equal(made.view(), file.layers[k].bytes, k));
  }
  return {};
}

}  // namespace kerf::plan::test
