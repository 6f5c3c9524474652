#include "refs/bytes.h"
#include "refs/recognisers.h"

namespace kerf::refs {
namespace {

constexpr uint32_t magic_1_20 = 0xfffffff1;  // and later
constexpr unsigned parts = 5;                // names, units, files, pc tables, functions
constexpr uint32_t header_words = 2 + 1 + parts;

}  // namespace

void add_go_regions(const Reader& file, const GoSections& sections, Image& image) {
  const GoRange& whole = sections.functions;
  const uint32_t word = image.pointer_size;
  uint8_t bytes[8 + header_words * 8] = {};
  if (whole.size < sizeof bytes ||
      !file.read(file.context, whole.offset, bytes, 8 + header_words * word) ||
      load32(bytes) != magic_1_20 || bytes[7] != word) {
    return;
  }
  const uint64_t count = load_word(bytes + 8, word);
  uint64_t starts[parts + 3];
  for (unsigned i = 0; i < parts; ++i) {
    starts[i] = load_word(bytes + 8 + size_t{3 + i} * word, word);
  }
  if (count >= whole.size / 8) {
    return;
  }
  starts[parts] = starts[parts - 1] + 8 * count + 4;  // behind functab, whose last entry is half
  starts[parts + 1] = whole.size;
  starts[parts + 2] = whole.size;
  // Where the data of functions starts, the module data say; else they are not in this section.
  constexpr uint32_t data_word = 40;
  uint8_t pointer[8] = {};
  if (sections.module.size >= (data_word + 1) * word &&
      file.read(file.context, sections.module.offset + data_word * word, pointer, word)) {
    const uint64_t data = load_word(pointer, word);
    if (data >= whole.address + starts[parts] && data - whole.address < whole.size) {
      starts[parts + 1] = data - whole.address;
    }
  }
  for (unsigned i = 0; i < parts + 2; ++i) {
    if (starts[i] > starts[i + 1] || starts[i + 1] > whole.size) {
      return;
    }
  }
  constexpr Scanner scanners[parts + 2] = {
      Scanner::anchor,     Scanner::offsets,      Scanner::anchor, Scanner::anchor,
      Scanner::go_functab, Scanner::go_functions, Scanner::go_data};
  const unsigned first = image.region_count;
  for (unsigned i = 0; i < parts + 2; ++i) {
    add_region(image, scanners[i], whole.offset + static_cast<uint32_t>(starts[i]),
               static_cast<uint32_t>(starts[i + 1] - starts[i]), whole.address + starts[i]);
  }
  if (image.region_count == first) {
    return;
  }
  for (unsigned i = 0; i < image.region_count; ++i) {
    Region& region = image.regions[i];
    if (region.scanner == Scanner::go_functab || region.scanner == Scanner::go_functions) {
      link_region(image, region, sections.text.address);
    } else if (region.scanner == Scanner::offsets) {
      link_region(image, region, whole.address + starts[2]);  // files
    }
  }
}

}  // namespace kerf::refs
