#include <algorithm>

#include "io/hash_source.h"
#include "package/kerf/format.h"

namespace kerf::package {

Result<Section> section_of(const Source& content) {
  TRY_ASSIGN(const BlobId id, identify(content, nullptr));
  Section section;
  section.length = id.size;
  std::copy_n(id.sha256.begin(), section.hash.size(), section.hash.begin());
  return section;
}

Status check_section(const Source& content, const Section& section, std::size_t number) {
  TRY_ASSIGN(const Section found, section_of(content));
  if (found.hash != section.hash) {
    return Error(Code::mismatch,
                 "section " + std::to_string(number) + " is damaged: fetch the package again");
  }
  return {};
}

}  // namespace kerf::package
