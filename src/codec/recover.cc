#include "codec/recover.h"

#include "codec/bzip2/recover.h"
#include "codec/deflate/recover.h"
#include "codec/gzip/recover.h"
#include "codec/xz/recover.h"
#include "codec/zlib/recover.h"

namespace kerf {

Result<Recovery> recover(CodecId id, const Source& packed, const Source& plain,
                         const RecoverOptions& options) {
  switch (id) {
    case CodecId::deflate: {
      Recovery recovery;
      const DeflateTask task{packed, 0,  packed.size(),       plain,        0, plain.size(),
                             {},     {}, DeflateFamily::zlib, options.hints};
      TRY_ASSIGN(recovery.exact, recover_deflate(task, options, recovery));
      return recovery;
    }
    case CodecId::zlib:
      return recover_zlib(packed, plain, options);
    case CodecId::gzip:
      return recover_gzip(packed, plain, options);
    case CodecId::bzip2:
      return recover_bzip2(packed, plain, options);
    case CodecId::xz:
      return recover_xz(packed, plain, options);
    case CodecId::lzma:
      return recover_lzma(packed, plain, options);
    default:
      return Error(Code::unsupported, "this build recovers no parameters of codec " +
                                          std::to_string(static_cast<unsigned>(id)));
  }
}

}  // namespace kerf
