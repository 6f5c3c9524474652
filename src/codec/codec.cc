#include "codec/codec.h"

#include <array>

#include "codec/bzip2/codec.h"
#include "codec/deflate/deflate.h"
#include "codec/gzip/gzip.h"
#include "codec/xz/encode.h"
#include "codec/zlib/zlib.h"

namespace kerf {

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
