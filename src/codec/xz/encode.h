// .xz and .lzma as codecs, by liblzma. Its encoders' output is the same in every release of a
// version; params name the version, and another one refuses.
//
// Params: docs/formats/codecs.md.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/codec.h"

namespace kerf {

const Codec& xz_codec();
const Codec& lzma_codec();

// How hard an LZMA encoder works. Wire format: the number of a preset of liblzma, plus 16 for its
// "extreme" variant. Presets differ in nothing else that matters here, as dictionary and contexts
// stand in the stream.
using XzEffort = std::uint8_t;

// A filter in front of LZMA2: branch converters and delta.
struct XzFilter {
  std::uint64_t id;
  std::vector<std::uint8_t> properties;
};

struct XzBlock {
  std::uint64_t plain;   // bytes
  std::uint64_t packed;  // bytes of LZMA2 data, without header, padding and check
};

struct XzParams {
  XzEffort effort = 6;
  std::uint8_t check = 4;        // id of the integrity check
  std::uint8_t dictionary = 22;  // as an LZMA2 filter writes its size: 0 to 40
  std::uint8_t contexts = 93;    // (pb * 5 + lp) * 9 + lc
  bool sizes_in_headers = false;
  std::uint8_t header_size = 2;  // of each block header, as it states it: (size / 4) - 1
  std::vector<XzFilter> filters;
  std::vector<XzBlock> blocks;
};

// The version of liblzma that is linked, as params state it: three numbers.
std::array<std::uint8_t, 3> xz_version();

void write_xz_params(const XzParams& params, ByteWriter& out);
// Code::unsupported for another version and for filters that this build has not, Code::corrupt,
// Code::truncated.
Result<XzParams> read_xz_params(Bytes params);

// The LZMA2 data alone, of one block (for recover): writes to `packed`, which it borrows.
Result<std::unique_ptr<Encoder>> xz_block_encoder(const XzParams& params, Sink& packed);
// Bytes that encoding takes.
Result<std::uint64_t> xz_encode_memory(const XzParams& params);

struct LzmaParams {
  XzEffort effort = 6;
  bool end_marker = true;  // behind the last byte
  std::array<std::uint8_t, 13> header{};
};

void write_lzma_params(const LzmaParams& params, ByteWriter& out);

}  // namespace kerf
