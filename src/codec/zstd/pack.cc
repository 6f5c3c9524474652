#include "codec/zstd/pack.h"

#include <zstd.h>

#include <memory>
#include <string>

namespace kerf {

Result<std::vector<std::uint8_t>> zstd_pack(Bytes plain, int level) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     &ZSTD_freeCCtx);
  std::vector<std::uint8_t> packed(ZSTD_compressBound(plain.size()));
  std::size_t size = 0;
  if (context != nullptr) {
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 0);
    // What the reader knows already.
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 0);
    size = ZSTD_compress2(context.get(), packed.data(), packed.size(), plain.data(), plain.size());
  }
  if (context == nullptr || ZSTD_isError(size) != 0) {
    return Error(Code::limit,
                 std::string("zstd cannot pack ") + std::to_string(plain.size()) +
                     " bytes: " + (context == nullptr ? "no memory" : ZSTD_getErrorName(size)));
  }
  packed.resize(size);
  return packed;
}

}  // namespace kerf
