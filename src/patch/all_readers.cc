#include <algorithm>
#include <array>

#include "patch/bsdiff/bsdiff.h"
#include "patch/patch.h"
#include "patch/sliver/sliver.h"
#include "patch/vcdiff/vcdiff.h"

namespace kerf {

std::span<const PatchReader* const> all_readers() {
  static const std::array<const PatchReader*, 4> readers{
      &bsdiff::reader(), &bsdiff::endsley_reader(), &vcdiff::reader(), &sliver::reader()};
  return readers;
}

Result<const PatchReader*> find_reader(const Source& patch) {
  std::array<std::uint8_t, 64> head{};
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(head.size(), patch.size()));
  TRY(patch.read_at(0, MutBytes(head).first(length)));
  std::string names;
  for (const PatchReader* reader : all_readers()) {
    if (reader->recognises(Bytes(head).first(length))) {
      return reader;
    }
    names += (names.empty() ? "" : ", ") + std::string(reader->name());
  }
  return Error(Code::unsupported, "not a patch of a known format (" + names + ")").at(0);
}

}  // namespace kerf
