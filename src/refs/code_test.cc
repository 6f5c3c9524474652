// The scanners of code, on small programs whose fields are known.
#include <gtest/gtest.h>

#include "refs/test_support.h"

namespace kerf::refs {
namespace {

using test::fields_of;
using test::halves;
using test::words;

TEST(X86, WalksInstructions) {
  const std::vector<std::uint8_t> code = {
      0x55,                                                     // 0  push rbp
      0x48, 0x8d, 0x05, 0x20, 0x00, 0x00, 0x00,                 // 1  lea rax, [rip+0x20]
      0xe8, 0xf3, 0xff, 0xff, 0xff,                             // 8  call 0
      0x48, 0xc7, 0x05, 8,    0,    0,    0,    0xe8, 0, 0, 0,  // 13 mov qword [rip+8], 0xe8
      0x0f, 0x84, 0x02, 0x00, 0x00, 0x00,                       // 24 je 32
      0xeb, 0xfe,                                               // 30 jmp 30
      0xc5, 0xf8, 0x28, 0x05, 0x04, 0x00, 0x00, 0x00,           // 32 vmovaps xmm0, [rip+4]
      0x66, 0x0f, 0x3a, 0x0f, 0x05, 2,    0,    0,    0, 8,     // 40 palignr xmm0, [rip+2], 8
      0xf7, 0x05, 0,    0,    0,    0,    1,    0,    0, 0,     // 50 test dword [rip], 1
      0x48, 0xb8, 0xe8, 1,    2,    3,    4,    5,    6, 7,     // 60 mov rax, imm64
      0xc3};                                                    // 70 ret
  const Image image = test::image_of(Machine::x86_64, Scanner::x86, 0x1000, code);
  EXPECT_EQ(fields_of(image, code),
            "28@4->1028 24@9->1000 27@10->1020 26@1a->1020 29@1f->101e 27@24->102c 27@2d->1034 "
            "27@34->103c");
}

TEST(X86, FindsAddressesWhereTheyAreLargeNumbers) {
  const std::vector<std::uint8_t> code = {0xbf, 0x10, 0x00, 0x40, 0x00,  // 0  mov edi, 0x400010
                                          0x48, 0x8b, 0x04, 0xc5, 0x04, 0,
                                          0x40, 0,  // 5  mov rax, [rax*8+0x400004]
                                          0x81, 0xff, 0x00, 0x10, 0x00, 0x00,  // 13 cmp edi, 0x1000
                                          0xc3};
  const Image image = test::image_of(Machine::x86_64, Scanner::x86, 0x400000, code);
  EXPECT_EQ(fields_of(image, code), "30@1->400010 30@9->400004");
  const Image low = test::image_of(Machine::i386, Scanner::x86, 0x1000, code);
  EXPECT_EQ(fields_of(low, code), "");
}

TEST(Aarch64, FindsBranchesAndPairs) {
  const auto code = words({
      0x94000003,  // 0  bl c
      0x54000040,  // 4  b.eq c
      0x36000020,  // 8  tbz w0, #0, c
      0x90000001,  // c  adrp x1, page
      0xd503201f,  // 10 nop
      0x91005021,  // 14 add x1, x1, #0x14
      0xf9400422,  // 18 ldr x2, [x1, #8]: x1 is no page any more
      0x90000003,  // 1c adrp x3, page
      0xb9400864,  // 20 ldr w4, [x3, #8]
      0xf9000c65,  // 24 str x5, [x3, #24]
      0x10ffffe0,  // 28 adr x0, .-4
      0x58000020,  // 2c ldr x0, .+4
      0x17ffffff,  // 30 b 2c
  });
  const Image image = test::image_of(Machine::aarch64, Scanner::aarch64, 0x10000, code);
  EXPECT_EQ(fields_of(image, code),
            "32@0->1000c 34@4->1000c 35@8->1000c 36@c->10014 37@14->10014 36@1c->10008 "
            "38@20->10008 38@24->10018 39@28->10024 40@2c->10030 33@30->1002c");
}

TEST(A32, FindsLiteralsAndHalves) {
  const auto code = words({
      0xeb000000,  // 0  bl 8
      0xe59f0018,  // 4  ldr r0, [pc, #24] (24)
      0xe59f1018,  // 8  ldr r1, [pc, #24] (28)
      0xe08f1001,  // c  add r1, pc, r1
      0xe08f1101,  // 10
      0xe3002008,  // 14 movw r2, #8
      0xe3402800,  // 18 movt r2, #0x800
      0xe28f0004,  // 1c add r0, pc, #4
      0x0afffff6,  // 20 beq 0
      0x08000010,  // 24 an address
      0x00000004,  // 28 distance from 14
  });
  const Image image = test::image_of(Machine::arm, Scanner::a32, 0x08000000, code);
  EXPECT_EQ(fields_of(image, code),
            "48@0->8000008 50@4->8000024 50@8->8000028 51@14->8000008 52@18->8000008 "
            "53@1c->8000028 49@20->8000000 1@24->8000010 3@28->8000018");
}

TEST(A32, FindsDistancesThatPcIsAddedTo) {
  const auto code = words({
      0xe59f3008,  // 0 ldr r3, [pc, #8] (10)
      0xe08f3003,  // 4 add r3, pc, r3
      0xe12fff1e,  // 8 bx lr
      0xe1a00000,  // c nop
      0xfffffff4,  // 10 distance from c
  });
  const Image image = test::image_of(Machine::arm, Scanner::a32, 0x1000, code);
  EXPECT_EQ(fields_of(image, code), "50@0->1010 3@10->1000");
}

TEST(Thumb, FindsBranchesAndLiterals) {
  const auto code = halves({
      0xf000, 0xf801,  // 0  bl 6
      0xd1fc,          // 4  bne 0
      0xe7fd,          // 6  b 4
      0xb108,          // 8  cbz r0, e
      0x4803,          // a  ldr r0, [pc, #12] (18)
      0x4904,          // c  ldr r1, [pc, #16] (20)
      0xf8df, 0x2010,  // e  ldr.w r2, [pc, #16] (20)
      0xa001,          // 12 adr r0, 18
      0xf7ff, 0xbff4,  // 14 b.w 0
      0x0009, 0x0800,  // 18 address of a function
      0x0010, 0x2000,  // 1c nobody loads it; and RAM is not known
      0x0004, 0x0800,  // 20 an address
  });
  const Image image = test::image_of(Machine::arm, Scanner::thumb, 0x08000000, code);
  EXPECT_EQ(fields_of(image, code),
            "64@0->8000006 67@4->8000000 68@6->8000004 69@8->800000e 70@a->8000018 "
            "70@c->8000020 71@e->8000020 72@12->8000018 65@14->8000000 9@18->8000008 "
            "1@20->8000004");
}

TEST(Thumb, FindsDistancesThatPcIsAddedTo) {
  const auto code = halves({
      0x4b01,          // 0 ldr r3, [pc, #4] (8)
      0x447b,          // 2 add r3, pc
      0x681b, 0x4770,  // 4 ldr r3, [r3]; bx lr
      0x0002, 0x0000,  // 8 distance from 6
  });
  const Image image = test::image_of(Machine::arm, Scanner::thumb, 0x1000, code);
  EXPECT_EQ(fields_of(image, code), "70@0->1008 3@8->1008");
}

TEST(Xtensa, FindsCallsLiteralsAndBranches) {
  const std::vector<std::uint8_t> code = {0x08, 0x00, 0x0d, 0x40,  // 0  literal: an address
                                          0x36, 0x41, 0x00,        // 4  entry a1, 32
                                          0x81, 0xfe, 0xff,        // 7  l32r a8, 0
                                          0xe5, 0xff, 0xff,        // a  call8 8
                                          0x1d, 0xf0,              // d  retw.n
                                          0x16, 0x52, 0xff,        // f  beqz a2, 8
                                          0x17, 0x13, 0x01,        // 12
                                          0x06, 0xfd, 0xff};       // 15 j d
  const Image image = test::image_of(Machine::xtensa, Scanner::xtensa, 0x400d0000, code);
  EXPECT_EQ(fields_of(image, code),
            "1@0->400d0008 82@7->400d0000 80@a->400d0008 84@f->400d0008 83@12->400d0017 "
            "81@15->400d000d");
}

TEST(Riscv, FindsJumpsAndPairs) {
  const auto code = words({
      0x008000ef,  // 0  jal 8
      0xfe000ee3,  // 4  beq zero, zero, 0
      0x00000517,  // 8  auipc a0, 0
      0x01050513,  // c  addi a0, a0, 16
      0x00000097,  // 10 auipc ra, 0
      0xff0080e7,  // 14 jalr ra, -16(ra)
      0x00000597,  // 18 auipc a1, 0
      0x00a5a223,  // 1c sw a0, 4(a1)
      0xb7cdbff5,  // 20 c.j 1c; c.j 4 (22 - 1e)
  });
  const Image image = test::image_of(Machine::riscv64, Scanner::riscv, 0x10000, code);
  EXPECT_EQ(fields_of(image, code),
            "96@0->10008 97@4->10000 98@8->10018 99@c->10018 104@10->10000 98@18->1001c "
            "100@1c->1001c 101@20->1001c 101@22->10004");
}

}  // namespace
}  // namespace kerf::refs
