// What tells one deflate encoder from another: a few small numbers, and their serialised form.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace kerf {

// Whose deflate it is. One algorithm, three sets of details (docs/formats/codecs.md): numbers are
// wire format, append only.
enum class DeflateFamily : std::uint8_t {
  zlib = 1,      // zlib 1.2.5 and later
  gnu = 2,       // GNU gzip, Info-ZIP's zip, busybox
  chromium = 3,  // the zlib inside Chromium and Node.js, as npm packs
};

// zlib's strategies; wire format.
enum class DeflateStrategy : std::uint8_t {
  normal = 0,
  filtered = 1,
  huffman_only = 2,
  rle = 3,
  fixed = 4,
};

struct DeflateParams {
  DeflateFamily family = DeflateFamily::zlib;
  DeflateStrategy strategy = DeflateStrategy::normal;
  std::uint8_t level = 6;         // 1 to 9
  std::uint8_t window_bits = 15;  // 9 to 15
  std::uint8_t mem_level = 8;     // 1 to 9

  friend bool operator==(const DeflateParams&, const DeflateParams&) = default;
};

// "zlib level 6", "gnu level 9", "zlib level 6 filtered, window 12, memory level 9".
std::string to_string(const DeflateParams& params);

// Three bytes. `params` must be in range.
void write_deflate_params(const DeflateParams& params, ByteWriter& out);
// Code::unsupported for a family that this build does not know, Code::corrupt for a value out of
// range (gnu has strategy normal, window 15 and memory level 9 only), Code::truncated.
Result<DeflateParams> read_deflate_params(ByteReader& in);

}  // namespace kerf
