#include "codec/codec.h"

#include <array>

#include "codec/bzip2/codec.h"
#include "codec/deflate/deflate.h"
#include "codec/gzip/gzip.h"
#include "codec/xz/encode.h"
#include "codec/zlib/zlib.h"

namespace kerf {

Status Codec::check_memory(Bytes params, const Limits& limits) const {
  TRY_ASSIGN(const Cost cost, encode_cost(params, 0));
  if (cost.memory > limits.memory) {
    return Error(Code::limit, "packing " + std::string(name()) + " takes " +
                                  std::to_string(cost.memory) + " bytes of memory, " +
                                  std::to_string(limits.memory) + " are allowed");
  }
  return {};
}

std::span<const Codec* const> all_codecs() {
  static const std::array codecs{&deflate_codec(), &zlib_codec(), &gzip_codec(),
                                 &bzip2_codec(),   &xz_codec(),   &lzma_codec()};
  return codecs;
}

const Codec* find_codec(CodecId id) {
  for (const Codec* codec : all_codecs()) {
    if (codec->id() == id) {
      return codec;
    }
  }
  return nullptr;
}

}  // namespace kerf
