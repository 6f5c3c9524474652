// Application images of Espressif chips: a header, then segments of load address, length, bytes.
// The ESP8266 has a short header, a boot loader in front of some images, and code that runs from
// flash behind the segments of others.
#include "refs/bytes.h"
#include "refs/recognisers.h"

namespace kerf::refs {
namespace {

constexpr uint8_t magic = 0xe9;
constexpr uint32_t short_header = 8;
constexpr uint32_t long_header = 24;
constexpr uint32_t segment_header = 8;
constexpr uint32_t code_begin = 0x40000000;  // all chips run code in this range,
constexpr uint32_t code_end = 0x50000000;
constexpr uint32_t flash_8266 = 0x40200000;  // where the ESP8266 sees its flash
constexpr uint32_t second_image = 0x1000;    // behind the boot loader of the Arduino core
constexpr uint32_t sector = 0x1000;

class Esp {
 public:
  Esp(const Reader& file, Image& image) : file_(file), image_(image) {}

  bool recognise() {
    uint8_t header[long_header];
    if (!read(0, header, sizeof header) || header[0] != magic) {
      return false;
    }
    image_.pointer_size = 4;
    image_.machine = Machine::xtensa;
    uint32_t end = 0;
    if (segments(long_header, header[1], end)) {
      const uint32_t chip = load16(header + 12);
      constexpr uint32_t esp32 = 0;
      constexpr uint32_t esp32_s2 = 2;
      constexpr uint32_t esp32_s3 = 9;
      if (chip != esp32 && chip != esp32_s2 && chip != esp32_s3) {
        image_.machine = Machine::riscv32;
      }
      const bool high = chip == esp32 || chip == esp32_s2;
      ram(high ? 0x3ffa0000 : 0x3fc80000, high ? 0x60000 : 0x80000);
    } else {
      clear();
      if (!segments(short_header, header[1], end)) {
        return false;
      }
      uint8_t again[short_header];
      if (end <= second_image && read(second_image, again, sizeof again) && again[0] == magic) {
        if (!segments(second_image + short_header, again[1], end)) {
          return false;
        }
      } else if (file_.size > (end | (sector - 1))) {
        const uint32_t rest = (end | (sector - 1)) + 1;
        add({flash_8266 + rest, file_.size - rest, rest, file_.size - rest, true});
      }
      ram(0x3ffe8000, 0x18000);
    }
    for (unsigned i = 0; i < image_.map.count; ++i) {
      regions(image_.map.segments[i]);
    }
    return image_.region_count > 0;
  }

 private:
  bool read(uint64_t offset, uint8_t* out, size_t size) const {
    return file_.read(file_.context, offset, out, size);
  }
  void clear() { image_.map.count = 0; }
  void add(const Segment& segment) { (void)add_segment(image_, segment); }
  void ram(uint64_t address, uint64_t size) { add({address, size, 0, 0, false}); }

  // The segments behind a header at `position`; false if they do not fit into the file.
  bool segments(uint32_t position, uint32_t count, uint32_t& end) {
    constexpr uint32_t most = 16;
    if (count == 0 || count > most) {
      return false;
    }
    for (uint32_t i = 0; i < count; ++i) {
      uint8_t header[segment_header];
      if (!read(position, header, sizeof header)) {
        return false;
      }
      const uint32_t address = load32(header);
      const uint32_t size = load32(header + 4);
      position += segment_header;
      if (size > file_.size - position || address < 0x3c000000 || address > 0x60000000) {
        return false;
      }
      add({address, size, position, size, address >= code_begin && address < code_end});
      position += size;
    }
    end = position;
    return true;
  }

  void regions(const Segment& segment) {
    Scanner scanner = Scanner::pointers;
    if (segment.executable) {
      scanner = image_.machine == Machine::riscv32 ? Scanner::riscv : Scanner::xtensa;
    }
    add_region(image_, scanner, segment.offset, segment.file_size, segment.address);
  }

  const Reader& file_;
  Image& image_;
};

}  // namespace

bool recognise_esp(const Reader& file, Image& image) {
  return Esp(file, image).recognise();
}

}  // namespace kerf::refs
