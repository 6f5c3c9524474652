// Applies sliver patches without any library: decode OLD PATCH... prints the SHA-256 of what each
// makes, or "error" and why. For test_determinism.py.
#include <cstdio>
#include <string>
#include <vector>

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
    std::printf("%s\n", status ? kerf::to_hex(kerf::sha256(made.view())).c_str()
                               : ("error " + status.error().text()).c_str());
  }
  return 0;
}
