// ELF, 32 and 64 bits, little-endian. Sections say best what a part of the file is; where there are
// none, segments and the dynamic table do.
#include "refs/bytes.h"
#include "refs/recognisers.h"

namespace kerf::refs {
namespace {

constexpr uint32_t most_headers = 512;  // sections or segments looked at
constexpr uint32_t name_size = 16;

struct Section {
  uint32_t name = 0;
  uint32_t type = 0;
  uint32_t link = 0;
  uint64_t flags = 0;
  uint64_t address = 0;
  uint64_t offset = 0;
  uint64_t size = 0;
};

enum SectionType : uint32_t {
  sht_progbits = 1,
  sht_strtab = 3,
  sht_rela = 4,
  sht_rel = 9,
  sht_dynsym = 11,
  sht_init_array = 14,
  sht_fini_array = 15,
  sht_preinit_array = 16,
  sht_relr = 19,
  sht_gnu_hash = 0x6ffffff6,
  sht_processor = 0x70000001,  // .ARM.exidx, or .eh_frame on x86-64
};
constexpr uint64_t shf_write = 1;
constexpr uint64_t shf_alloc = 2;
constexpr uint64_t shf_execute = 4;

struct Name {
  uint8_t text[name_size] = {};
  bool is(const char* word) const {
    for (unsigned i = 0; i < name_size; ++i) {
      if (text[i] != static_cast<uint8_t>(word[i])) return false;
      if (word[i] == 0) return true;
    }
    return true;
  }
};

class Elf {
 public:
  Elf(const Reader& file, Image& image) : file_(file), image_(image) {}

  bool recognise() {
    if (!header()) return false;
    segments();
    if (image_.map.count == 0) return false;
    if (!sections()) regions_of_segments();
    return image_.region_count > 0;
  }

 private:
  bool read(uint64_t offset, uint8_t* out, size_t size) const {
    return file_.read(file_.context, offset, out, size);
  }
  uint64_t word(const uint8_t* header, unsigned at32, unsigned at64) const {
    return wide_ ? load64(header + at64) : load32(header + at32);
  }
  // Cuts a range of the file at its end.
  bool inside(uint64_t offset, uint64_t& size) const {
    if (offset >= file_.size) return false;
    if (size > file_.size - offset) size = file_.size - offset;
    return true;
  }

  bool header() {
    uint8_t bytes[64] = {};
    if (!read(0, bytes, 52) || load32(bytes) != 0x464c457f) return false;
    constexpr uint8_t little_endian = 1;
    if ((bytes[4] != 1 && bytes[4] != 2) || bytes[5] != little_endian) return false;
    wide_ = bytes[4] == 2;
    if (wide_ && !read(0, bytes, 64)) return false;
    image_.pointer_size = wide_ ? 8 : 4;
    switch (load16(bytes + 18)) {
      case 3:
        image_.machine = Machine::i386;
        break;
      case 40:
        image_.machine = Machine::arm;
        break;
      case 62:
        image_.machine = Machine::x86_64;
        break;
      case 94:
        image_.machine = Machine::xtensa;
        break;
      case 183:
        image_.machine = Machine::aarch64;
        break;
      case 243:
        image_.machine = wide_ ? Machine::riscv64 : Machine::riscv32;
        break;
      default:
        image_.machine = Machine::none;
    }
    segment_table_ = word(bytes, 28, 32);
    section_table_ = word(bytes, 32, 40);
    const uint8_t* sizes = bytes + (wide_ ? 54 : 42);
    segment_size_ = load16(sizes);
    segment_count_ = load16(sizes + 2);
    section_size_ = load16(sizes + 4);
    section_count_ = load16(sizes + 6);
    names_ = load16(sizes + 8);
    if (segment_count_ > most_headers) segment_count_ = most_headers;
    if (section_count_ > most_headers) section_count_ = most_headers;
    return true;
  }

  void segments() {
    constexpr uint32_t pt_load = 1;
    if (segment_size_ < (wide_ ? 56 : 32)) return;
    for (uint32_t i = 0; i < segment_count_; ++i) {
      uint8_t bytes[56] = {};
      if (!read(segment_table_ + uint64_t{i} * segment_size_, bytes, wide_ ? 56 : 32)) return;
      if (load32(bytes) != pt_load) continue;
      uint64_t size = word(bytes, 16, 32);
      const uint64_t offset = word(bytes, 4, 8);
      if (!inside(offset, size)) continue;
      Segment segment;
      segment.address = word(bytes, 8, 16);
      segment.memory_size = word(bytes, 20, 40);
      if (segment.memory_size < size) segment.memory_size = size;
      segment.offset = static_cast<uint32_t>(offset);
      segment.file_size = static_cast<uint32_t>(size);
      segment.executable = (load32(bytes + (wide_ ? 4 : 24)) & 1) != 0;
      if (segment.address + segment.memory_size >= segment.address) add_segment(image_, segment);
    }
  }

  bool section(uint32_t index, Section& found) const {
    uint8_t bytes[64] = {};
    if (section_size_ < (wide_ ? 64 : 40) ||
        !read(section_table_ + uint64_t{index} * section_size_, bytes, wide_ ? 64 : 40)) {
      return false;
    }
    found.name = load32(bytes);
    found.type = load32(bytes + 4);
    found.flags = word(bytes, 8, 8);
    found.address = word(bytes, 12, 16);
    found.offset = word(bytes, 16, 24);
    found.size = word(bytes, 20, 32);
    found.link = load32(bytes + (wide_ ? 40 : 24));
    return true;
  }

  Name name_of(const Section& found, const Section& names) const {
    Name name;
    uint64_t left = name_size;
    if (found.name < names.size && names.offset < file_.size) {
      const uint64_t offset = names.offset + found.name;
      if (inside(offset, left)) (void)read(offset, name.text, left);
    }
    return name;
  }

  bool sections() {
    Section names;
    if (section_count_ == 0 || names_ >= section_count_ || !section(names_, names)) return false;
    uint64_t symbols = 0;
    uint64_t strings = 0;
    GoSections go;
    for (uint32_t i = 0; i < section_count_; ++i) {
      Section found;
      if (!section(i, found)) continue;
      if (found.type == sht_dynsym) {
        symbols = found.address;
        Section linked;
        if (section(found.link, linked)) strings = linked.address;
      }
      const Name name = name_of(found, names);
      GoRange* const range = name.is(".text")        ? &go.text
                             : name.is(".gopclntab") ? &go.functions
                             : name.is(".go.module") ? &go.module
                                                     : nullptr;
      if (range != nullptr && inside(found.offset, found.size)) {
        *range = {found.address, static_cast<uint32_t>(found.offset),
                  static_cast<uint32_t>(found.size)};
      }
    }
    for (uint32_t i = 0; i < section_count_; ++i) {
      Section found;
      if (!section(i, found) || (found.flags & shf_alloc) == 0 || !inside(found.offset, found.size))
        continue;
      const Scanner scanner = scanner_of(found, name_of(found, names));
      if (scanner == Scanner::buckets && !narrow_to_buckets(found)) continue;
      add_region(image_, scanner, static_cast<uint32_t>(found.offset),
                 static_cast<uint32_t>(found.size), found.address);
    }
    link_tables(symbols, strings);
    add_go_regions(file_, go, image_);
    return image_.region_count > 0;
  }

  // .gnu.hash: counts of buckets, symbols left out, words of a filter; then the filter, the
  // buckets, and the hash values, which do not change when symbols are renumbered.
  bool narrow_to_buckets(Section& hash) const {
    uint8_t header[16];
    if (!read(hash.offset, header, sizeof header)) return false;
    const uint64_t skip = 16 + uint64_t{load32(header + 8)} * image_.pointer_size;
    const uint64_t size = uint64_t{load32(header)} * 4;
    if (skip > hash.size || size > hash.size - skip) return false;
    hash.offset += skip;
    hash.address += skip;
    hash.size = size;
    return true;
  }

  void link_tables(uint64_t symbols, uint64_t strings) {
    for (unsigned i = 0; i < image_.region_count; ++i) {
      Region& region = image_.regions[i];
      const bool counts_symbols = region.scanner == Scanner::rela ||
                                  region.scanner == Scanner::rel ||
                                  region.scanner == Scanner::buckets;
      if (counts_symbols) link_region(image_, region, symbols);
      if (region.scanner == Scanner::dynsym) link_region(image_, region, strings);
    }
  }

  Scanner scanner_of(const Section& found, const Name& name) const {
    switch (found.type) {
      case sht_rela:
        return Scanner::rela;
      case sht_rel:
        return Scanner::rel;
      case sht_strtab:
        return Scanner::anchor;
      case sht_relr:
        return Scanner::relr;
      case sht_dynsym:
        return Scanner::dynsym;
      case sht_gnu_hash:
        return Scanner::buckets;
      case sht_init_array:
      case sht_fini_array:
      case sht_preinit_array:
        return Scanner::pointers;
      case sht_processor:
        if (image_.machine == Machine::arm) return Scanner::exidx;
        return image_.machine == Machine::x86_64 ? Scanner::eh_frame : Scanner::none;
      case sht_progbits:
        break;
      default:
        return name.is(".dynamic") ? Scanner::pointers : Scanner::none;
    }
    if (name.is(".eh_frame")) return Scanner::eh_frame;
    if (name.is(".eh_frame_hdr")) return Scanner::eh_frame_hdr;
    if (name.is(".gopclntab")) return Scanner::none;  // has parts, see go_tables()
    if ((found.flags & shf_execute) != 0) return code_scanner(found);
    return (found.flags & shf_write) != 0 ? Scanner::pointers : Scanner::tables;
  }

  Scanner code_scanner(const Section& found) const {
    switch (image_.machine) {
      case Machine::x86_64:
      case Machine::i386:
        return Scanner::x86;
      case Machine::aarch64:
        return Scanner::aarch64;
      case Machine::arm:
        return is_a32(found.offset, found.size) ? Scanner::a32 : Scanner::thumb;
      case Machine::xtensa:
        return Scanner::xtensa;
      case Machine::riscv64:
      case Machine::riscv32:
        return Scanner::riscv;
      default:
        return Scanner::none;
    }
  }

  // A32 code is full of words whose condition is "always"; T32 code is not.
  bool is_a32(uint64_t offset, uint64_t size) const {
    uint8_t bytes[256];
    uint32_t always = 0;
    uint32_t words = 0;
    const uint64_t step = size / 16 & ~uint64_t{3};
    for (uint64_t at = 0;
         at + sizeof bytes <= size && words<16 * sizeof bytes / 4; at += step> sizeof bytes
             ? step
             : sizeof bytes) {
      if (!read(offset + at, bytes, sizeof bytes)) break;
      for (uint32_t i = 3; i < sizeof bytes; i += 4, ++words) always += bytes[i] >> 4 == 14 ? 1 : 0;
    }
    return words == 0 || 2 * always > words;  // very short: .plt, .init
  }

  // Without sections: code, data and the rest by the segments' rights.
  void regions_of_segments() {
    for (unsigned i = 0; i < image_.map.count; ++i) {
      const Segment& segment = image_.map.segments[i];
      Section whole;
      whole.offset = segment.offset;
      whole.size = segment.file_size;
      const Scanner scanner = segment.executable ? code_scanner(whole) : Scanner::pointers;
      add_region(image_, scanner, segment.offset, segment.file_size, segment.address);
    }
  }

  const Reader& file_;
  Image& image_;
  bool wide_ = false;
  uint64_t segment_table_ = 0;
  uint64_t section_table_ = 0;
  uint32_t segment_size_ = 0;
  uint32_t segment_count_ = 0;
  uint32_t section_size_ = 0;
  uint32_t section_count_ = 0;
  uint32_t names_ = 0;
};

}  // namespace

bool recognise_elf(const Reader& file, Image& image) {
  return Elf(file, image).recognise();
}

}  // namespace kerf::refs
