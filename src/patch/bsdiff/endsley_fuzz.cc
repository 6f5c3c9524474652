// ENDSLEY/BSDIFF43: the bytes as a patch, and as the plain content of one.
#include <algorithm>

#include "patch/bsdiff/craft.h"
#include "patch/bsdiff/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const kerf::Bytes bytes(data, size);
  const kerf::PatchReader& reader = kerf::bsdiff::endsley_reader();
  kerf::bsdiff::fuzz::exercise(reader, bytes);
  if (size >= 3 && bytes[0] != 'E') {
    const std::int64_t new_size = kerf::load_le16(data);
    // Lengths in eight bytes are seldom small by chance: keep one byte of each, and their signs.
    std::vector<std::uint8_t> plain(bytes.begin() + 2, bytes.end());
    for (std::size_t i = 0; plain.size() >= 24 && i < 24; ++i) {
      plain[i] =
          i % 8 == 0 ? plain[i] : static_cast<std::uint8_t>(i % 8 == 7 ? plain[i] & 0x80 : 0);
    }
    kerf::bsdiff::fuzz::exercise(reader, kerf::bsdiff::craft::endsley(new_size, plain));
    kerf::bsdiff::fuzz::exercise(reader, kerf::bsdiff::craft::endsley(new_size, bytes.subspan(2)));
  }
  return 0;
}
