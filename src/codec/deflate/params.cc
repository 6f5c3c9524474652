#include "codec/deflate/params.h"

#include <array>

namespace kerf {

std::string to_string(const DeflateParams& params) {
  static constexpr std::array<const char*, 4> kFamilies{"?", "zlib", "gnu", "chromium"};
  static constexpr std::array<const char*, 5> kStrategies{"", " filtered", " huffman", " rle",
                                                          " fixed"};
  std::string text = kFamilies[static_cast<std::size_t>(params.family)];
  text += " level " + std::to_string(params.level);
  text += kStrategies[static_cast<std::size_t>(params.strategy)];
  if (params.window_bits != 15) {
    text += ", window " + std::to_string(params.window_bits);
  }
  if (params.family != DeflateFamily::gnu && params.mem_level != 8) {
    text += ", memory level " + std::to_string(params.mem_level);
  }
  return text;
}

void write_deflate_params(const DeflateParams& params, ByteWriter& out) {
  out.u8(static_cast<std::uint8_t>(params.family));
  out.u8(static_cast<std::uint8_t>(params.level | static_cast<unsigned>(params.strategy) << 4));
  out.u8(static_cast<std::uint8_t>(params.window_bits | params.mem_level << 4));
}

Result<DeflateParams> read_deflate_params(ByteReader& in) {
  const std::uint64_t start = in.offset();
  const std::uint8_t family = in.u8();
  const std::uint8_t effort = in.u8();
  const std::uint8_t sizes = in.u8();
  TRY(in.status());
  if (family < 1 || family > 3) {
    return Error(Code::unsupported, "deflate family " + std::to_string(family) +
                                        " is unknown here; a newer kerf may have it")
        .at(start);
  }
  DeflateParams params;
  params.family = static_cast<DeflateFamily>(family);
  params.level = effort & 15;
  params.strategy = static_cast<DeflateStrategy>(effort >> 4);
  params.window_bits = sizes & 15;
  params.mem_level = sizes >> 4;
  if (params.level < 1 || params.level > 9 || effort >> 4 > 4) {
    return Error(Code::corrupt, "no such deflate level or strategy").at(start + 1);
  }
  if (params.window_bits < 9 || params.mem_level < 1 || params.mem_level > 9) {
    return Error(Code::corrupt, "no such deflate window or memory level").at(start + 2);
  }
  if (params.family == DeflateFamily::gnu && (params.strategy != DeflateStrategy::normal ||
                                              params.window_bits != 15 || params.mem_level != 9)) {
    return Error(Code::corrupt, "the gnu family has no other strategy, window or memory level")
        .at(start + 1);
  }
  return params;
}

}  // namespace kerf
