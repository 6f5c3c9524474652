// x86 in 64-bit and 32-bit mode: an instruction-length decoder that walks the code, because byte
// patterns alone find too many displacements that are none. Started anywhere it falls into step
// within a few instructions.
#include "refs/x86_instruction.h"

namespace kerf::refs {
namespace {

constexpr uint32_t lead = 256;  // bytes before the chunk in which the decoder falls into step

class X86 {
 public:
  explicit X86(Scan& scan)
      : scan_(scan),
        long_mode_(scan.image.pointer_size == 8),
        absolute_(scan.image.plain_addresses()) {}

  void run() {
    for (uint32_t position = scan_.start(lead, 1); position < scan_.to;) {
      const uint32_t left = scan_.window.end - position;
      x86::Instruction found;
      if (!long_mode_ || left < x86::longest || !x86::decode_simple(scan_.at(position), found)) {
        found = x86::decode(scan_.at(position), left, long_mode_);
      }
      if (found.length != 0 && position + found.length > scan_.from) {
        report(position, found);
      }
      position += found.length != 0 ? found.length : 1;
    }
  }

 private:
  void report(uint32_t position, const x86::Instruction& found) {
    const uint64_t next = scan_.address(position) + found.length;
    if (found.displacement_size == 4) {
      memory_operand(position + found.displacement, found, next);
    }
    if (found.immediate_size == 0) {
      return;
    }
    const uint32_t place = position + found.immediate;
    if (found.map == 1 && found.opcode == 0xe8) {
      branch(place, Kind::x86_call, found.immediate_size, next);
    } else if (found.map == 1 && found.opcode == 0xe9) {
      branch(place, Kind::x86_jump, found.immediate_size, next);
    } else if (found.map == 2 && (found.opcode & 0xf0) == 0x80) {
      branch(place, Kind::x86_branch, found.immediate_size, next);
    } else if (found.map == 1 && ((found.opcode & 0xf0) == 0x70 || found.opcode == 0xeb ||
                                  (found.opcode & 0xfc) == 0xe0)) {
      const uint64_t target = next + sign_extend(*scan_.at(place), 8);
      if (scan_.image.map.executes(scan_.mask(target))) {
        scan_.relative(place, Kind::x86_short, target, next);
      }
    } else if (found.immediate_size == 4 && absolute_) {
      absolute(place);
    } else if (found.immediate_size == 8 && scan_.image.map.contains(load64(scan_.at(place)))) {
      scan_.absolute(place, Kind::absolute64, load64(scan_.at(place)));
    }
  }

  void branch(uint32_t place, Kind kind, uint32_t size, uint64_t next) {
    if (size != 4) {
      return;
    }
    const uint64_t target = scan_.mask(next + sign_extend(load32(scan_.at(place)), 32));
    if (scan_.image.map.executes(target)) {
      scan_.relative(place, kind, target, next);
    }
  }

  void memory_operand(uint32_t place, const x86::Instruction& found, uint64_t next) {
    if (long_mode_ && (found.modrm & 0xc7) == 5) {
      const uint64_t target = next + sign_extend(load32(scan_.at(place)), 32);
      if (!scan_.image.map.contains(target)) {
        return;
      }
      const bool address_only = found.map == 1 && found.opcode == 0x8d;
      scan_.relative(place, address_only ? Kind::x86_lea : Kind::x86_rip, target, next);
    } else if (absolute_) {
      absolute(place);
    }
  }

  void absolute(uint32_t place) {
    const uint64_t target = scan_.mask(sign_extend(load32(scan_.at(place)), 32));
    if (scan_.image.map.contains(target)) {
      scan_.absolute(place, Kind::x86_address, target);
    }
  }

  Scan& scan_;
  const bool long_mode_;
  const bool absolute_;
};

}  // namespace

void scan_x86(Scan& scan) {
  X86(scan).run();
}

}  // namespace kerf::refs
