#include "diff/image/partition.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/extent.h"
#include "refs/scan.h"

namespace kerf {
namespace {

using refs::Image;
using refs::Machine;
using refs::Region;
using refs::Scanner;

// A table found in the image; `aux` is an offset in the file.
struct Table {
  Extent extent;
  Scanner scanner;
  std::optional<std::uint64_t> aux;
};

constexpr std::uint64_t block = 1024;

// BTF: a header, then types, then strings (Documentation/bpf/btf.rst).
void find_btf(Bytes file, std::vector<Table>& tables) {
  constexpr std::uint64_t header = 24;
  for (std::uint64_t at = 0; at + header <= file.size(); at += 4) {
    const std::uint8_t* const bytes = file.data() + at;
    if (load_le32(bytes) != 0x0001eb9f || load_le32(bytes + 4) != header) continue;
    const std::uint64_t types = at + header + load_le32(bytes + 8);
    const std::uint64_t types_size = load_le32(bytes + 12);
    const std::uint64_t strings = at + header + load_le32(bytes + 16);
    const std::uint64_t strings_size = load_le32(bytes + 20);
    if (types + types_size > strings || strings + strings_size > file.size() || types_size == 0 ||
        strings_size == 0) {
      continue;
    }
    tables.push_back({{types, types_size}, Scanner::btf, strings});
    tables.push_back({{strings, strings_size}, Scanner::anchor, std::nullopt});
    at = strings + strings_size - (strings + strings_size) % 4;
  }
}

// Relocations of a position-independent kernel: records whose second word says "relative".
void find_rela(Bytes file, const Image& image, std::vector<Table>& tables) {
  if (image.pointer_size != 8) return;
  std::uint64_t relative = 0x403;  // R_AARCH64_RELATIVE
  if (image.machine == Machine::x86_64) relative = 8;
  if (image.machine == Machine::riscv64) relative = 3;
  constexpr std::uint64_t record = 24;
  constexpr std::uint64_t least = 64 * record;
  const auto is_record = [&](std::uint64_t at) {
    return at + record <= file.size() && load_le64(file.data() + at + 8) == relative &&
           image.map.contains(load_le64(file.data() + at));
  };
  for (std::uint64_t at = 0; at + record <= file.size(); at += 8) {
    std::uint64_t end = at;
    while (is_record(end)) end += record;
    if (end - at < least) continue;
    tables.push_back({{at, end - at}, Scanner::rela, std::nullopt});
    at = end - 8;
  }
}

// Addresses of symbols (kallsyms): distances from the start of the image, ascending.
void find_offsets(Bytes file, std::vector<Table>& tables) {
  constexpr std::uint64_t least_entries = 4096;
  for (std::uint64_t at = 0; at + 4 <= file.size();) {
    std::uint64_t end = at + 4;
    std::uint32_t last = load_le32(file.data() + at);
    const std::uint32_t first = last;
    while (end + 4 <= file.size() && load_le32(file.data() + end) >= last &&
           load_le32(file.data() + end) < 2 * file.size()) {
      last = load_le32(file.data() + end);
      end += 4;
    }
    if (end - at >= 4 * least_entries && last - first > file.size() / 4) {
      tables.push_back({{at, end - at}, Scanner::offsets, 0});
    }
    at = end;
  }
}

// The unwind index of ARM: distances back to functions, ascending, each with what to do about it.
void find_exidx(Bytes file, const Image& image, std::vector<Table>& tables) {
  constexpr std::uint64_t entry = 8;
  constexpr std::uint64_t least = 512 * entry;
  const std::uint64_t base = image.map.segments[0].address;
  const auto function_of = [&](std::uint64_t at) -> std::uint64_t {
    if (at + entry > file.size()) return 0;
    const std::uint32_t word = load_le32(file.data() + at);
    const std::uint32_t what = load_le32(file.data() + at + 4);
    if (word >> 30 != 1) return 0;  // a distance of 31 bits, negative
    const bool known = what == 1 || what >> 24 == 0x80 || what >> 24 == 0x81 || what >> 30 <= 1;
    const std::uint64_t function = (base + at + (word | 0x80000000u)) & 0xffffffffu;
    return known && image.map.contains(function) ? function : 0;
  };
  for (std::uint64_t at = 0; at + entry <= file.size(); at += 4) {
    std::uint64_t end = at;
    for (std::uint64_t last = 0; function_of(end) > last; end += entry) last = function_of(end);
    if (end - at < least) continue;
    tables.push_back({{at, end - at}, Scanner::exidx, std::nullopt});
    at = end - 4;
  }
}

// Blocks in which many words are distances to places inside the image.
void find_relative(Bytes file, const Image& image, std::vector<Table>& tables) {
  constexpr std::uint32_t least_distance = 4096;
  constexpr std::uint32_t upper_half = 0xffff8000;
  constexpr std::uint64_t least = 4 * block;
  const auto is_dense = [&](std::uint64_t at) {
    unsigned count = 0;
    for (std::uint64_t word = at; word < at + block; word += 4) {
      const std::uint32_t value = load_le32(file.data() + word);
      const std::uint32_t magnitude = value < 0x80000000u ? value : 0u - value;
      if (magnitude < least_distance || value == upper_half) continue;
      const std::uint64_t target =
          image.map.segments[0].address + word +
          (value < 0x80000000u ? value : value | ~std::uint64_t{0xffffffff});
      if (image.map.contains(target & image.address_mask())) ++count;
    }
    return count >= block / 4 * 2 / 5;
  };
  for (std::uint64_t at = 0; at + block <= file.size(); at += block) {
    std::uint64_t end = at;
    while (end + block <= file.size() && is_dense(end)) end += block;
    if (end - at >= least) tables.push_back({{at, end - at}, Scanner::relative, std::nullopt});
    at = end;
  }
}

// Earlier tables win; then the largest, as many as there is room for.
std::vector<Table> choose(std::vector<Table> tables, std::size_t most) {
  std::vector<Table> chosen;
  for (const Table& table : tables) {
    const bool overlaps = std::any_of(chosen.begin(), chosen.end(), [&](const Table& other) {
      return table.extent.offset < other.extent.offset + other.extent.length &&
             other.extent.offset < table.extent.offset + table.extent.length;
    });
    if (!overlaps) chosen.push_back(table);
  }
  if (chosen.size() > most) {
    std::stable_sort(chosen.begin(), chosen.end(), [](const Table& a, const Table& b) {
      return a.extent.length > b.extent.length;
    });
    chosen.resize(most);
  }
  std::sort(chosen.begin(), chosen.end(),
            [](const Table& a, const Table& b) { return a.extent.offset < b.extent.offset; });
  return chosen;
}

}  // namespace

void partition_raw_image(Bytes file, Image& image) {
  const Region whole = image.regions[0];
  std::vector<Table> tables;
  find_btf(file, tables);
  find_rela(file, image, tables);
  find_offsets(file, tables);
  if (image.machine == Machine::arm) {
    find_exidx(file, image, tables);
  } else {
    find_relative(file, image, tables);
  }
  // Each table may have code on both sides.
  tables = choose(std::move(tables), refs::max_regions / 2 - 1);
  image.region_count = 0;
  const auto add = [&](Extent extent, Scanner scanner) {
    if (extent.length == 0) return;
    Region& region = image.regions[image.region_count++];
    region = Region{};
    region.offset = static_cast<std::uint32_t>(extent.offset);
    region.size = static_cast<std::uint32_t>(extent.length);
    region.address = whole.address + extent.offset;
    region.scanner = scanner;
    region.version = refs::scanner_version(scanner);
  };
  std::uint64_t end = 0;
  for (const Table& table : tables) {
    add({end, table.extent.offset - end}, whole.scanner);
    add(table.extent, table.scanner);
    end = table.extent.offset + table.extent.length;
  }
  add({end, file.size() - end}, whole.scanner);
  for (const Table& table : tables) {
    if (!table.aux) continue;
    Region* owner = nullptr;
    std::optional<std::uint8_t> target;
    for (std::uint8_t i = 0; i < image.region_count; ++i) {
      if (image.regions[i].offset == table.extent.offset) owner = &image.regions[i];
      if (image.regions[i].offset == *table.aux) target = i;
    }
    if (owner == nullptr || !target) continue;
    owner->aux = image.regions[*target].address;
    owner->aux_region = *target;
  }
}

}  // namespace kerf
