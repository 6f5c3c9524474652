// Applies sliver patches without any library: decode OLD PATCH... prints the SHA-256 of what each
// makes, or "error" and why. For test_determinism.py.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "mcu/kerf_mcu.h"
#include "patch/sliver/sliver.h"

namespace {

bool load(const char* path, std::vector<std::uint8_t>& bytes) {
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) {
    return false;
  }
  for (int byte = std::fgetc(file); byte != EOF; byte = std::fgetc(file)) {
    bytes.push_back(static_cast<std::uint8_t>(byte));
  }
  return std::fclose(file) == 0;
}

// Does the device's decoder of profile small, if it takes the patch at all, make the same?
bool device_agrees(const std::vector<std::uint8_t>& old, const std::vector<std::uint8_t>& patch,
                   kerf::Bytes expected) {
  struct Device {
    const std::vector<std::uint8_t>& old;
    const std::vector<std::uint8_t>& patch;
    std::vector<std::uint8_t> made;
  } device{old, patch, {}};
  kerf_small_port port{};
  port.context = &device;
  port.accept = [](void*, const kerf_small_info*) { return 1; };
  port.read_patch = [](void* self, std::uint32_t offset, std::uint8_t* out, std::uint32_t size) {
    std::copy_n(static_cast<Device*>(self)->patch.data() + offset, size, out);
    return 1;
  };
  port.read_old = [](void* self, std::uint32_t offset, std::uint8_t* out, std::uint32_t size) {
    std::copy_n(static_cast<Device*>(self)->old.data() + offset, size, out);
    return 1;
  };
  port.write_new = [](void* self, std::uint32_t, const std::uint8_t* bytes, std::uint32_t size) {
    auto& made = static_cast<Device*>(self)->made;
    made.insert(made.end(), bytes, bytes + size);
    return 1;
  };
  static kerf_small state;
  const auto status = kerf_small_apply(&state, &port, static_cast<std::uint32_t>(patch.size()));
  return status == KERF_SMALL_MEMORY || status == KERF_SMALL_UNSUPPORTED ||
         (status == KERF_SMALL_DONE && std::ranges::equal(device.made, expected));
}

}  // namespace

int main(int count, char** arguments) {
  constexpr std::uint64_t most = std::uint64_t{256} << 20;
  std::vector<std::uint8_t> old;
  if (count < 3 || !load(arguments[1], old)) {
    std::fprintf(stderr, "decode OLD PATCH...\n");
    return 2;
  }
  for (int i = 2; i < count; ++i) {
    std::vector<std::uint8_t> patch;
    if (!load(arguments[i], patch)) {
      std::fprintf(stderr, "%s: cannot be read\n", arguments[i]);
      return 2;
    }
    kerf::MemorySink made(most);
    kerf::ApplyOptions options;
    options.limits = {most, most, 1};
    const auto status = kerf::sliver::reader().apply(kerf::MemorySource(old),
                                                     kerf::MemorySource(patch), made, options);
    if (status && !device_agrees(old, patch, made.view())) {
      std::printf("error the device's decoder makes something else\n");
      continue;
    }
    std::printf("%s\n", status ? kerf::to_hex(kerf::sha256(made.view())).c_str()
                               : ("error " + status.error().text()).c_str());
  }
  return 0;
}
