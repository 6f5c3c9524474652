// Encodings, against what the manuals of the instruction sets say.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/test_bytes.h"
#include "refs/field.h"

namespace kerf::refs {
namespace {

struct Known {
  Kind kind;
  std::uint64_t word;  // the field's bytes, little-endian
  std::uint64_t base;
  std::uint64_t target;
};

// From the instruction set manuals, and checked with GNU as.
constexpr Known known[] = {
    {Kind::absolute32, 0x08001234, 0, 0x08001234},
    {Kind::absolute64, 0xffff800008001234, 0, 0xffff800008001234},
    {Kind::relative32, 0xfffffffc, 0x1000, 0xffc},
    {Kind::size32, 0x40, 0x1000, 0x1040},
    {Kind::prel31, 0xfffffff0, 0x2000, 0x1ff0},  // bit 31 is not part of it
    {Kind::symbol64, 3, 0x400, 0x400 + 72},
    {Kind::symbol32, 0x316, 0x400, 0x400 + 48},
    {Kind::thumb_pointer, 0x08001235, 0, 0x08001234},
    {Kind::cie_distance32, 0x24, 0x1024, 0x1000},
    {Kind::offset32, 0xfffff000, 0x1000, 0x100000000},
    {Kind::btf_type32, 17, 0, btf_types + 17},
    {Kind::go_index32, 5, 0x1000, 0x1014},
    {Kind::x86_call, 0xfffffffb, 0x1005, 0x1000},  // e8 fb ff ff ff
    {Kind::x86_short, 0xfe, 0x1002, 0x1000},       // eb fe
    {Kind::x86_address, 0x80000000, 0, 0xffffffff80000000},
    {Kind::a64_call, 0x94000001, 0x1000, 0x1004},         // bl .+4
    {Kind::a64_jump, 0x17ffffff, 0x1000, 0xffc},          // b .-4
    {Kind::a64_branch, 0x54000041, 0x1000, 0x1008},       // b.ne .+8
    {Kind::a64_branch, 0xb5ffffe0, 0x1000, 0xffc},        // cbnz x0, .-4
    {Kind::a64_test, 0x36080040, 0x1000, 0x1008},         // tbz w0, #1, .+8
    {Kind::a64_page, 0xb0000000, 0x1234, 0x2000},         // adrp x0, page + 0x1000
    {Kind::a64_add, 0x91048c00, 0, 0x123},                // add x0, x0, #0x123
    {Kind::a64_load, 0xf9400400, 0, 8},                   // ldr x0, [x0, #8]
    {Kind::a64_load, 0x3dc00400, 0, 16},                  // ldr q0, [x0, #16]
    {Kind::a64_load, 0x39400400, 0, 1},                   // ldrb w0, [x0, #1]
    {Kind::a64_adr, 0x30000020, 0x1000, 0x1005},          // adr x0, .+5
    {Kind::a64_literal, 0x58000040, 0x1000, 0x1008},      // ldr x0, .+8
    {Kind::a32_call, 0xebfffffe, 0x1008, 0x1000},         // bl .
    {Kind::a32_call, 0xfb000000, 0x1008, 0x100a},         // blx .+10
    {Kind::a32_jump, 0x0a000001, 0x1008, 0x100c},         // beq .+12
    {Kind::a32_literal, 0xe59f0010, 0x1008, 0x1018},      // ldr r0, [pc, #16]
    {Kind::a32_literal, 0xe51f0010, 0x1008, 0xff8},       // ldr r0, [pc, #-16]
    {Kind::a32_movw, 0xe3010234, 0, 0x1234},              // movw r0, #0x1234
    {Kind::a32_adr, 0xe28f0e12, 0x1008, 0x1128},          // add r0, pc, #0x120
    {Kind::a32_adr, 0xe24f0008, 0x1008, 0x1000},          // sub r0, pc, #8
    {Kind::thumb_call, 0xfffef7ff, 0x1004, 0x1000},       // bl .
    {Kind::thumb_call, 0xe800f000, 0x1006, 0x1004},       // blx, base rounded down
    {Kind::thumb_jump, 0xb802f000, 0x1004, 0x1008},       // b.w .+8
    {Kind::thumb_branch, 0x8002f040, 0x1004, 0x1008},     // bne.w .+8
    {Kind::thumb_branch8, 0xd1fe, 0x1004, 0x1000},        // bne .
    {Kind::thumb_jump11, 0xe7fe, 0x1004, 0x1000},         // b .
    {Kind::thumb_cbz, 0xb108, 0x1004, 0x1006},            // cbz r0, .+6
    {Kind::thumb_literal8, 0x4801, 0x1006, 0x1008},       // ldr r0, [pc, #4]
    {Kind::thumb_literal12, 0x0008f8df, 0x1004, 0x100c},  // ldr.w r0, [pc, #8]
    {Kind::thumb_literal12, 0x0008f85f, 0x1004, 0xffc},
    {Kind::thumb_adr8, 0xa001, 0x1004, 0x1008},     // adr r0, .+8
    {Kind::thumb_movw, 0x2034f241, 0, 0x1234},      // movw r0, #0x1234
    {Kind::xtensa_call, 0x000005, 0x1000, 0x1004},  // call0 .+4
    {Kind::xtensa_call, 0xffffc5, 0x1003, 0x1000},
    {Kind::xtensa_jump, 0xffff06, 0x1000, 0x1000},  // j .
    {Kind::xtensa_l32r, 0xffff21, 0x1001, 0x1000},  // l32r a2, .-1 rounded up
    {Kind::xtensa_branch8, 0x041317, 0x1000, 0x1008},
    {Kind::xtensa_branch12, 0x004216, 0x1000, 0x1008},  // beqz a2, .+8
    {Kind::absolute32_be, 0x34129000, 0, 0x901234},
    {Kind::xtensa_be_call, 0x0dfd5b, 0x1000, 0x1000 + 4 - 4 * 0x2f3},  // call8
    {Kind::xtensa_be_jump, 0x770060, 0x1000, 0x107b},                  // j
    {Kind::xtensa_be_l32r, 0xffff12, 0x1001, 0x1000},
    {Kind::xtensa_be_branch8, 0x041317, 0x1000, 0x1008},
    {Kind::xtensa_be_branch12, 0x044064, 0x1000, 0x1008},
    {Kind::riscv_jal, 0x008000ef, 0x1000, 0x1008},           // jal .+8
    {Kind::riscv_jal, 0xffdff0ef, 0x1000, 0xffc},            // jal .-4
    {Kind::riscv_branch, 0xfe000ee3, 0x1000, 0xffc},         // beq x0, x0, .-4
    {Kind::riscv_hi20, 0x00001517, 0x1000, 0x2000},          // auipc a0, 1
    {Kind::riscv_lui, 0x80000537, 0, 0xffffffff80000000},    // lui a0, 0x80000
    {Kind::riscv_lo12i, 0xffc50513, 0x2000, 0x1ffc},         // addi a0, a0, -4
    {Kind::riscv_lo12s, 0xfea52e23, 0x2000, 0x1ffc},         // sw a0, -4(a0)
    {Kind::riscv_jump11, 0xbffd, 0x1000, 0xffe},             // c.j .-2
    {Kind::riscv_branch8, 0xd17d, 0x1000, 0xfe6},            // c.beqz a0, .-26
    {Kind::riscv_call, 0xffc080e700001097, 0x1000, 0x1ffc},  // call
    {Kind::bucket64, 3, 0x400, 0x400 + 72},
    {Kind::bucket32, 3, 0x400, 0x400 + 48},
    {Kind::go_offset32, 8, 0x1000, 0x1008},
};

std::array<std::uint8_t, 8> bytes_of(std::uint64_t word) {
  std::array<std::uint8_t, 8> bytes{};
  store_le64(bytes.data(), word);
  return bytes;
}

TEST(Extract, FindsWhereKnownInstructionsLead) {
  for (const Known& one : known) {
    const auto bytes = bytes_of(one.word);
    std::uint64_t target = 0;
    ASSERT_TRUE(extract(one.kind, bytes.data(), one.base, one.target, ~std::uint64_t{0}, target))
        << std::hex << one.word;
    EXPECT_EQ(target, one.target) << std::hex << one.word;
  }
}

TEST(Place, WritesKnownInstructions) {
  for (const Known& one : known) {
    const auto bytes = bytes_of(one.word);
    std::array<std::uint8_t, 8> out{};
    place(one.kind, bytes.data(), one.target, one.base, out.data());
    EXPECT_TRUE(std::equal(out.begin(), out.begin() + width_of(one.kind), bytes.begin()))
        << std::hex << one.word;
  }
}

TEST(Place, MovesWhatExtractFinds) {
  ::kerf::test::Random random(1);
  for (const Known& one : known) {
    for (int i = 0; i < 50; ++i) {
      // Near enough for every kind, and at places that all of them can express.
      const std::uint64_t step = one.kind == Kind::symbol64 || one.kind == Kind::bucket64 ? 24 : 16;
      const std::uint64_t moved = step * random.below(4);
      // Some reach backwards only.
      const bool back = one.kind == Kind::xtensa_l32r || one.kind == Kind::xtensa_be_l32r ||
                        one.kind == Kind::cie_distance32;
      const std::uint64_t target = back ? one.target - moved : one.target + moved;
      auto bytes = bytes_of(one.word);
      place(one.kind, bytes.data(), target, one.base, bytes.data());
      std::uint64_t found = 0;
      ASSERT_TRUE(extract(one.kind, bytes.data(), one.base, target, ~std::uint64_t{0}, found))
          << std::hex << one.word;
      if (one.kind == Kind::a32_adr && found != target) continue;  // not every number has a form
      EXPECT_EQ(found, target) << std::hex << one.word << " moved " << moved;
    }
  }
}

TEST(Place, TouchesNothingBehindTheField) {
  for (unsigned number = 0; number < 256; ++number) {
    const Kind kind = static_cast<Kind>(number);
    const auto old_bytes = ::kerf::test::noise(16, number, 256);
    std::vector<std::uint8_t> out(16, 0xa5);
    place(kind, old_bytes.data(), 0x123456789abcdef0, 0x1111111111111111, out.data());
    EXPECT_TRUE(std::all_of(out.begin() + width_of(kind), out.end(), [](std::uint8_t byte) {
      return byte == 0xa5;
    })) << number;
  }
}

TEST(Extract, KnowsOtherInstructions) {
  std::uint64_t target = 7;
  const auto nop = bytes_of(0xd503201fd503201f);
  for (const Kind kind : {Kind::a64_call, Kind::a64_page, Kind::a64_load, Kind::thumb_call,
                          Kind::riscv_jal, Kind::xtensa_call, Kind::a32_call}) {
    EXPECT_FALSE(extract(kind, nop.data(), 0, 0, ~std::uint64_t{0}, target));
  }
  EXPECT_EQ(target, 7U);
}

TEST(Extract, FillsInWhatTheFieldDoesNotSay) {
  std::uint64_t target = 0;
  const auto add = bytes_of(0x91048c00);
  ASSERT_TRUE(extract(Kind::a64_add, add.data(), 0, 0x5000, ~std::uint64_t{0}, target));
  EXPECT_EQ(target, 0x5123U);
  ASSERT_TRUE(extract(Kind::a64_add, add.data(), 0, 0x5fff, ~std::uint64_t{0}, target));
  EXPECT_EQ(target, 0x6123U);
  const auto movt = bytes_of(0xe34c0123);
  ASSERT_TRUE(extract(Kind::a32_movt, movt.data(), 0, 0xc0004567, 0xffffffff, target));
  EXPECT_EQ(target, 0xc1234567U);
}

}  // namespace
}  // namespace kerf::refs
