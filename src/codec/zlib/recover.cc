#include "codec/zlib/recover.h"

#include <algorithm>
#include <array>

#include "codec/deflate/recover.h"
#include "codec/zlib/zlib.h"

namespace kerf {

Result<Recovery> recover_zlib(const Source& packed, const Source& plain,
                              const RecoverOptions& options) {
  Recovery recovery;
  std::array<std::uint8_t, 2> head{};
  TRY(packed.read_at(0, head));
  TRY_ASSIGN(const unsigned window_bits, zlib_window_bits(head[0], head[1]));
  if (packed.size() < 6) {
    return Error(Code::truncated, "zlib stream without an end").at(packed.size());
  }
  static constexpr std::array<std::uint8_t, 4> kLevels{1, 5, 6, 9};  // by FLEVEL
  DeflateTask task{packed, 2,           packed.size() - 6,   plain, 0, plain.size(),
                   {},     window_bits, DeflateFamily::zlib, {}};
  task.level = kLevels[head[1] >> 6];
  for (const auto& hint : options.hints) {
    if (hint.size() > 2) {
      task.hints.emplace_back(hint.begin() + 2, hint.end());
    }
  }
  TRY_ASSIGN(auto inner, recover_deflate(task, options, recovery));
  if (inner) {
    inner->params.insert(inner->params.begin(), head.begin(), head.end());
    recovery.exact = std::move(inner);
  }
  return recovery;
}

}  // namespace kerf
