// PE images of UEFI: boot loaders, drivers. Sections stand at addresses relative to the image's
// base. Linux kernels that are PE images too are none for us: what they hold, their header does not
// say.
#include "refs/bytes.h"
#include "refs/recognisers.h"

namespace kerf::refs {
namespace {

constexpr uint32_t dos_header = 64;
constexpr uint32_t pe_header = 24;  // signature and file header
constexpr uint32_t section_header = 40;
constexpr uint32_t most_sections = 24;
constexpr uint16_t plus = 0x20b;  // the optional header of 64-bit images

class Pe {
 public:
  Pe(const Reader& file, Image& image) : file_(file), image_(image) {}

  bool recognise() {
    uint8_t dos[dos_header];
    uint8_t header[pe_header];
    if (!read(0, dos, sizeof dos) || load16(dos) != 0x5a4d) {
      return false;
    }
    const bool linux_image = load32(dos + 56) == 0x644d5241 || load32(dos + 56) == 0x05435352;
    const uint32_t start = load32(dos + 60);
    if (linux_image || !read(start, header, sizeof header) || load32(header) != 0x4550 ||
        !machine(load16(header + 4))) {
      return false;
    }
    const uint64_t optional = uint64_t{start} + pe_header;
    uint8_t fields[64];
    if (!read(optional, fields, sizeof fields)) {
      return false;
    }
    const bool wide = load16(fields) == plus;
    if (wide != (image_.pointer_size == 8)) {
      return false;
    }
    base_ = wide ? load64(fields + 24) : load32(fields + 28);
    headers_ = load32(fields + 60);
    if (headers_ > file_.size) {
      headers_ = file_.size;
    }
    add_segment(image_, {base_, headers_, 0, headers_, false});
    add_region(image_, Scanner::anchor, 0, headers_, base_);
    const uint64_t table = optional + load16(header + 20);
    const uint32_t count = load16(header + 6);
    for (uint32_t i = 0; i < count && i < most_sections; ++i) {
      uint8_t section[section_header];
      if (!read(table + uint64_t{i} * section_header, section, sizeof section)) {
        return false;
      }
      add(section);
    }
    return image_.region_count > 1;
  }

 private:
  bool read(uint64_t offset, uint8_t* out, size_t size) const {
    return file_.read(file_.context, offset, out, size);
  }

  bool machine(uint32_t number) {
    image_.pointer_size = 8;
    switch (number) {
      case 0x8664:
        image_.machine = Machine::x86_64;
        code_ = Scanner::x86;
        return true;
      case 0xaa64:
        image_.machine = Machine::aarch64;
        code_ = Scanner::aarch64;
        return true;
      case 0x5064:
        image_.machine = Machine::riscv64;
        code_ = Scanner::riscv;
        return true;
      case 0x14c:
        image_.machine = Machine::i386;
        code_ = Scanner::x86;
        image_.pointer_size = 4;
        return true;
      case 0x1c2:
      case 0x1c4:
        image_.machine = Machine::arm;
        code_ = Scanner::thumb;
        image_.pointer_size = 4;
        return true;
      default:
        return false;
    }
  }

  void add(const uint8_t* section) {
    constexpr uint32_t executes = 0x20000000;
    constexpr uint32_t writable = 0x80000000;
    const uint32_t offset = load32(section + 20);
    uint32_t size = load32(section + 16);
    uint32_t memory = load32(section + 8);
    if (offset >= file_.size) {
      return;
    }
    if (size > file_.size - offset) {
      size = file_.size - offset;
    }
    if (memory < size) {
      memory = size;
    }
    const uint64_t address = base_ + load32(section + 12);
    if (address + memory < address) {
      return;
    }
    const uint32_t flags = load32(section + 36);
    add_segment(image_, {address, memory, offset, size, (flags & executes) != 0});
    Scanner scanner = (flags & writable) != 0 ? Scanner::pointers : Scanner::tables;
    if ((flags & executes) != 0) {
      scanner = code_;
    }
    // Function starts, ends and unwind data, all counted from the base of the image.
    const bool unwind = load64(section) == 0x61746164702e;  // ".pdata"
    if (unwind) {
      scanner = Scanner::offsets;
    }
    Region* const region = add_region(image_, scanner, offset, size, address);
    if (region != nullptr && unwind) {
      region->aux = base_;  // region 0
    }
  }

  const Reader& file_;
  Image& image_;
  Scanner code_ = Scanner::none;
  uint64_t base_ = 0;
  uint32_t headers_ = 0;
};

}  // namespace

bool recognise_pe(const Reader& file, Image& image) {
  return Pe(file, image).recognise();
}

}  // namespace kerf::refs
