// Any bytes as a patch, in pieces of any size, for any old file; what the port is asked for must
// make sense. The header's checksum is put right, so that what stands in it is met.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "mcu/crc32.h"
#include "mcu/kerf_mcu.h"

namespace {

constexpr std::uint32_t most_size = 1U << 13;

struct Device {
  kerf_tiny_info info{};
  std::vector<std::uint8_t> made;
};

void require(bool fact) {
  if (!fact) std::abort();
}

std::uint8_t old_byte(std::uint32_t offset) {
  return static_cast<std::uint8_t>((offset >> 2) * 0x9E3779B1U >> (8 * (offset & 3)));
}

int accept(void* context, const kerf_tiny_info* info) {
  auto& device = *static_cast<Device*>(context);
  device.info = *info;
  return info->old_size <= most_size && info->new_size <= most_size ? 1 : 0;
}

int read_old(void* context, std::uint32_t offset, std::uint8_t* out, std::uint32_t size) {
  const auto& info = static_cast<const Device*>(context)->info;
  require(offset <= info.old_size && size <= info.old_size - offset);
  for (std::uint32_t i = 0; i < size; ++i) out[i] = old_byte(offset + i);
  return 1;
}

int read_new(void* context, std::uint32_t offset, std::uint8_t* out, std::uint32_t size) {
  const auto& device = *static_cast<const Device*>(context);
  require(device.info.reads_new != 0 && offset <= device.made.size() &&
          size <= device.made.size() - offset);
  std::copy_n(device.made.data() + offset, size, out);
  return 1;
}

int write_new(void* context, std::uint32_t offset, const std::uint8_t* bytes, std::uint32_t size) {
  auto& device = *static_cast<Device*>(context);
  require(offset == device.made.size() && size <= device.info.new_size - offset &&
          (size == 256 || offset + size == device.info.new_size));
  device.made.insert(device.made.end(), bytes, bytes + size);
  return 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = 1 + data[0] % 80;
  std::vector<std::uint8_t> patch(data + 1, data + size);
  if (patch.size() > 12) {
    const std::size_t length = patch[10] | static_cast<std::size_t>(patch[11]) << 8;
    if (length >= 16 && length <= patch.size()) {
      const std::uint32_t crc =
          kerf::mcu::crc32_of(patch.data(), static_cast<std::uint32_t>(length - 4));
      for (unsigned i = 0; i < 4; ++i) {
        patch[length - 4 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
      }
    }
  }
  Device device;
  const kerf_tiny_port port{&device, accept, read_old, read_new, write_new};
  kerf_tiny state;
  kerf_tiny_start(&state, &port);
  kerf_tiny_status status = KERF_TINY_MORE;
  for (std::size_t at = 0; at < patch.size() && status == KERF_TINY_MORE; at += piece) {
    status = kerf_tiny_push(&state, patch.data() + at, std::min(piece, patch.size() - at));
  }
  require(status != KERF_TINY_DONE || device.made.size() == device.info.new_size);
  return 0;
}
