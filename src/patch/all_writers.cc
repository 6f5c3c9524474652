#include <array>

#include "patch/bsdiff/bsdiff.h"
#include "patch/patch.h"
#include "patch/sliver/sliver.h"
#include "patch/vcdiff/vcdiff.h"

namespace kerf {

std::span<const PatchWriter* const> all_writers() {
  static const std::array<const PatchWriter*, 4> writers{
      &bsdiff::writer(), &bsdiff::endsley_writer(), &vcdiff::writer(), &sliver::writer()};
  return writers;
}

Result<const PatchWriter*> find_writer(std::string_view name) {
  std::string names;
  for (const PatchWriter* writer : all_writers()) {
    if (writer->name() == name) {
      return writer;
    }
    names += (names.empty() ? "" : ", ") + std::string(writer->name());
  }
  return Error(Code::unsupported,
               "no patch format \"" + std::string(name) + "\"; there are " + names);
}

}  // namespace kerf
