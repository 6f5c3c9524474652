// In the place of codec/zstd/unpack.cc where there is no libzstd.
#include "codec/zstd/unpack.h"

namespace kerf {

struct ZstdUnpacker::Context {};

ZstdUnpacker::ZstdUnpacker() = default;
ZstdUnpacker::~ZstdUnpacker() = default;

std::uint64_t ZstdUnpacker::memory() {
  return 0;
}

Status ZstdUnpacker::unpack(Bytes /*packed*/, MutBytes /*plain*/) {
  return Error(Code::unsupported, "built without zstd");
}

}  // namespace kerf
