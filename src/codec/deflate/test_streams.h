// Plain bytes and reference streams for tests of deflate.
#pragma once

#include <zlib.h>

#include <cassert>
#include <vector>

#include "base/bytes.h"
#include "codec/deflate/params.h"

namespace kerf {

// Deterministic bytes: 0 constant, 1 words, 2 noise, 3 a mixture with noise, runs and repeats from
// up to 70 KB away.
inline std::vector<std::uint8_t> plain_of_kind(int kind, std::size_t size) {
  std::vector<std::uint8_t> out;
  out.reserve(size + 300);
  std::uint32_t state = 12345;
  const auto random = [&state](std::uint32_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
  };
  while (out.size() < size) {
    const int what = kind != 3 ? kind : static_cast<int>(random(6));
    if (what == 0) {
      out.insert(out.end(), kind == 0 ? 300 : 1 + random(400), static_cast<std::uint8_t>(kind));
    } else if (what == 1 || what == 4) {
      const std::uint32_t word = random(random(400) + 1);
      for (std::uint32_t i = 0; i < 3 + word % 7; ++i) {
        out.push_back(static_cast<std::uint8_t>('a' + (word * 31 + i * i) % 26));
      }
      out.push_back(' ');
    } else if (what == 2) {
      for (std::uint32_t i = kind == 2 ? 64 : random(200); i-- > 0;) {
        out.push_back(static_cast<std::uint8_t>(random(256)));
      }
    } else if (!out.empty()) {
      const std::size_t far = 1 + random(70000) % out.size();
      for (std::uint32_t i = random(300); i-- > 0;) {
        out.push_back(out[out.size() - far]);
      }
    }
  }
  out.resize(size);
  return out;
}

// By the system's zlib.
inline std::vector<std::uint8_t> zlib_deflate(Bytes plain, const DeflateParams& params,
                                              int window_bits_sign = -1) {
  z_stream stream{};
  [[maybe_unused]] int code =
      deflateInit2(&stream, params.level, Z_DEFLATED, window_bits_sign * params.window_bits,
                   params.mem_level, static_cast<int>(params.strategy));
  assert(code == Z_OK);
  std::vector<std::uint8_t> out(deflateBound(&stream, static_cast<uLong>(plain.size())) + 64);
  stream.next_in = const_cast<Bytef*>(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  code = ::deflate(&stream, Z_FINISH);
  assert(code == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace kerf
