#include "codec/gzip/recover.h"

#include <string>

#include "codec/deflate/deflate.h"
#include "codec/deflate/recover.h"
#include "codec/gzip/gzip.h"

namespace kerf {

Result<Recovery> recover_gzip(const Source& packed, const Source& plain,
                              const RecoverOptions& options) {
  Recovery recovery;
  const Limits limits{plain.size(), options.memory, 0};
  CountingSink nowhere(nullptr);
  std::vector<GzipMember> members;
  TRY_ASSIGN(const Decoded decoded, decode_gzip(packed, nowhere, limits, &members));
  if (decoded.packed != packed.size() || decoded.plain != plain.size()) {
    return recovery;  // not one gzip file and its content
  }
  std::uint64_t packed_offset = 0;
  std::uint64_t plain_offset = 0;
  std::string description;
  std::vector<std::vector<std::uint8_t>> hints;
  for (const auto& hint : options.hints) {
    TRY_ASSIGN(auto inside, gzip_deflate_params(hint));
    hints.insert(hints.end(), inside.begin(), inside.end());
  }
  for (GzipMember& member : members) {
    packed_offset += member.header.size();
    DeflateTask task{
        packed, packed_offset, member.packed, plain, plain_offset, member.plain, {}, {}, {}, hints};
    const std::uint8_t extra_flags = member.header[8];
    const std::uint8_t system = member.header[9];
    if (extra_flags == 2) {
      task.level = 9;
    } else if (extra_flags == 4) {
      task.level = 1;
    }
    // Unix: gzip as a rule. Unknown: npm, among others.
    task.family = system == 3     ? DeflateFamily::gnu
                  : system == 255 ? DeflateFamily::chromium
                                  : DeflateFamily::zlib;
    TRY_ASSIGN(auto inner, recover_deflate(task, options, recovery));
    if (!inner) {
      return recovery;
    }
    if (description.empty()) {
      description = inner->description;
    }
    if (hints.empty() || hints.front() != inner->params) {
      hints.insert(hints.begin(), inner->params);
    }
    member.deflate = std::move(inner->params);
    packed_offset += member.packed + 8;
    plain_offset += member.plain;
  }
  if (members.size() > 1) {
    description += ", " + std::to_string(members.size()) + " members";
  }
  ByteWriter params;
  write_gzip_params(members, params);
  recovery.exact = Recovered{std::move(params).take(), std::move(description)};
  return recovery;
}

}  // namespace kerf
