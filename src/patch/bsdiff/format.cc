#include <cassert>
#include <limits>

#include "patch/bsdiff/bsdiff.h"

namespace kerf::bsdiff {

namespace {
constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;
}

std::int64_t decode_offset(const std::uint8_t* at) {
  const std::uint64_t raw = load_le64(at);
  const auto magnitude = static_cast<std::int64_t>(raw & ~sign_bit);
  return (raw & sign_bit) != 0 ? -magnitude : magnitude;
}

void encode_offset(std::uint8_t* at, std::int64_t value) {
  assert(value != std::numeric_limits<std::int64_t>::min());
  const auto magnitude = static_cast<std::uint64_t>(value < 0 ? -value : value);
  store_le64(at, value < 0 ? magnitude | sign_bit : magnitude);
}

}  // namespace kerf::bsdiff
