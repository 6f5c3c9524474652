// The size of a context is an estimate that the library offers to static users alone.
#define ZSTD_STATIC_LINKING_ONLY
#include "codec/zstd/unpack.h"

#include <zstd.h>

#include <string>

namespace kerf {

struct ZstdUnpacker::Context {
  ZSTD_DCtx* const decoder = ZSTD_createDCtx();
  Context() = default;
  ~Context() { ZSTD_freeDCtx(decoder); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

ZstdUnpacker::ZstdUnpacker() : context_(std::make_unique<Context>()) {}
ZstdUnpacker::~ZstdUnpacker() = default;

std::uint64_t ZstdUnpacker::memory() {
  return ZSTD_estimateDCtxSize();
}

Status ZstdUnpacker::unpack(Bytes packed, MutBytes plain) {
  if (context_->decoder == nullptr) {
    return Error(Code::limit, "there is no memory for a zstd decoder");
  }
  // The library would also take frames of its early versions, and several in a row.
  if (packed.size() < 4 || load_le32(packed.data()) != ZSTD_MAGICNUMBER ||
      ZSTD_findFrameCompressedSize(packed.data(), packed.size()) != packed.size()) {
    return Error(Code::corrupt, "not one zstd frame").at(0);
  }
  const std::size_t made = ZSTD_decompressDCtx(context_->decoder, plain.data(), plain.size(),
                                               packed.data(), packed.size());
  if (ZSTD_isError(made) != 0) {
    return Error(Code::corrupt,
                 std::string("the zstd frame is damaged (") + ZSTD_getErrorName(made) + ")")
        .at(0);
  }
  if (made != plain.size()) {
    return Error(Code::corrupt, "the zstd frame holds " + std::to_string(made) + " bytes, not " +
                                    std::to_string(plain.size()))
        .at(0);
  }
  return {};
}

}  // namespace kerf
