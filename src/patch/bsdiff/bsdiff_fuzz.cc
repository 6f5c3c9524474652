// BSDIFF40: the bytes as a patch; and, since a fuzzer cannot guess bzip2's checksums, the bytes as
// the plain content of one.
#include <algorithm>
#include <array>

#include "patch/bsdiff/craft.h"
#include "patch/bsdiff/fuzz.h"

namespace {

// Any number that the format can express.
std::int64_t any_offset(kerf::ByteReader& in) {
  std::array<std::uint8_t, 8> field{};
  kerf::store_le64(field.data(), in.le64());
  return kerf::bsdiff::decode_offset(field.data());
}

// Cuts `data` into header fields, controls, difference and extra bytes.
std::vector<std::uint8_t> crafted(kerf::Bytes data) {
  kerf::ByteReader in(data);
  kerf::bsdiff::craft::Parts parts;
  parts.new_size = static_cast<std::int64_t>(in.le16());
  if (in.u8() % 16 == 0) {
    parts.new_size = any_offset(in);
  }
  const unsigned controls = in.u8() % 64;
  for (unsigned i = 0; i < controls && in.remaining() > 0; ++i) {
    const std::uint8_t shape = in.u8();
    // Small numbers mostly, so that some patches are good; now and then any 64 bits.
    const auto number = [&](bool wide) {
      return wide ? any_offset(in)
                  : static_cast<std::int64_t>(static_cast<std::int16_t>(in.le16()));
    };
    parts.controls.push_back({number((shape & 0x11) == 0x11), number((shape & 0x22) == 0x22),
                              number((shape & 0x44) == 0x44)});
  }
  const std::size_t difference = in.le16();
  const kerf::Bytes first = in.take(std::min(difference, in.remaining()));
  parts.difference.assign(first.begin(), first.end());
  parts.difference.resize(std::max(parts.difference.size(), difference % 8192));
  const kerf::Bytes second = in.take(in.remaining());
  parts.extra.assign(second.begin(), second.end());
  return kerf::bsdiff::craft::bsdiff40(parts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const kerf::Bytes bytes(data, size);
  kerf::bsdiff::fuzz::exercise(kerf::bsdiff::reader(), bytes);
  if (size >= 8 && bytes[0] != 'B') {
    kerf::bsdiff::fuzz::exercise(kerf::bsdiff::reader(), crafted(bytes));
  }
  return 0;
}
