#include "mcu/small_header.h"

#include "mcu/sha256.h"

namespace kerf::mcu {

namespace {

constexpr uint8_t mark[8] = {'K', 'E', 'R', 'F', 'S', 'L', 'V', '1'};
constexpr uint8_t fast_profile = 4;  // whose sections are others
constexpr uint8_t tiny_profile = 5;

class Fields {
 public:
  explicit Fields(PatchBytes& bytes) : bytes_(bytes) {}

  uint8_t byte() {
    const uint8_t value = bytes_.next();
    hash_.update(&value, 1);
    return value;
  }
  // At most `most`; else, or if it is not written in the shortest way, the fields are bad.
  uint32_t number(uint32_t most) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      const uint8_t digit = byte();
      value |= uint64_t{digit & 127U} << shift;
      if (digit < 128) {
        bad_ = bad_ || (digit == 0 && shift > 0) || value > most;
        return bad_ ? 0 : static_cast<uint32_t>(value);
      }
    }
    bad_ = true;
    return 0;
  }
  uint8_t small(uint8_t least, uint8_t most) {
    const uint8_t value = byte();
    bad_ = bad_ || value < least || value > most;
    return value;
  }
  // The checksum behind the fields; none may be read afterwards.
  bool checked() {
    uint8_t digest[Sha256::digest_size];
    hash_.finish(digest);
    bool equal = true;
    for (unsigned i = 0; i < 4; ++i) {
      equal = bytes_.next() == digest[i] && equal;
    }
    return equal;
  }
  bool bad() const { return bad_; }

 private:
  PatchBytes& bytes_;
  Sha256 hash_;
  bool bad_ = false;
};

}  // namespace

kerf_small_status read_small_header(const kerf_small_port* port, uint32_t patch_size,
                                    SmallHeader& header) {
  PatchBytes bytes(port, 0, patch_size);
  Fields fields(bytes);
  for (const uint8_t expected : mark) {
    if (fields.byte() != expected) {
      return bytes.failed() ? KERF_SMALL_IO : KERF_SMALL_UNSUPPORTED;
    }
  }
  const uint8_t profile = fields.byte();
  if (profile == fast_profile || profile == tiny_profile) {
    return KERF_SMALL_UNSUPPORTED;
  }
  header.old_size = fields.number(sliver::most_file_size);
  header.new_size = fields.number(sliver::most_file_size);
  for (uint8_t& byte : header.old_sha256) {
    byte = fields.byte();
  }
  for (uint8_t& byte : header.new_sha256) {
    byte = fields.byte();
  }
  for (const auto& bound : sliver::Parameters::bounds) {
    header.parameters.*bound.field = fields.small(bound.least, bound.most);
  }
  header.image = fields.small(0, 2);
  header.cover_count = fields.number(header.new_size);
  header.map_length = fields.number(sliver::most_file_size);
  header.window_count = fields.number(1 + header.new_size / 65536);
  if (fields.bad() || bytes.failed() || (header.window_count == 0) != (header.new_size == 0)) {
    return bytes.failed() ? KERF_SMALL_IO : KERF_SMALL_CORRUPT;
  }
  if (header.window_count > most_small_windows || header.cover_count > most_small_covers ||
      header.parameters.index_bits != 0 || header.parameters.old_index_bits != 0) {
    return KERF_SMALL_MEMORY;
  }
  uint64_t total = header.map_length;
  for (uint32_t i = 0; i < header.window_count; ++i) {
    header.window_lengths[i] = fields.number(sliver::most_file_size);
    total += header.window_lengths[i];
  }
  const bool good = !fields.bad() && fields.checked();
  header.length = bytes.position();
  if (bytes.failed()) {
    return KERF_SMALL_IO;
  }
  return good && total <= patch_size - header.length ? KERF_SMALL_DONE : KERF_SMALL_CORRUPT;
}

}  // namespace kerf::mcu
