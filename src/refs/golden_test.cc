// What every version of every scanner finds is frozen: a change of these numbers is a change of the
// format, and needs a new version of the scanner, not only a new number here.
#include <gtest/gtest.h>

#include "refs/test_support.h"

namespace kerf::refs {
namespace {

// FNV-1a over all that fields say.
std::uint64_t digest(const std::vector<Field>& fields) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&](std::uint64_t value) {
    for (unsigned i = 0; i < 8; ++i) {
      hash = (hash ^ (value >> 8 * i & 255)) * 0x100000001b3;
    }
  };
  for (const Field& field : fields) {
    mix(field.position);
    mix(static_cast<std::uint64_t>(field.kind));
    mix(field.target);
    mix(field.base);
    mix(static_cast<std::uint64_t>(field.anchor));
    mix(field.region);
  }
  return hash;
}

// Words that code of a machine is likely to hold: fixed bits, and which others are random.
struct Template {
  std::uint32_t fixed;
  std::uint32_t random;
};

std::vector<Template> templates_of(Scanner scanner) {
  switch (scanner) {
    case Scanner::aarch64:
      return {{0x94000000, 0xfff},      {0x17fffc00, 0x3ff},      {0x54000000, 0x7fef},
              {0x34000000, 0x7fff},     {0x36000000, 0x7ffff},    {0x90000000, 0x6000001f},
              {0x91000000, 0x003fffff}, {0xf9400000, 0x003fffff}, {0x39000000, 0x003fffff},
              {0x3dc00000, 0x003fffff}, {0x10000000, 0x60007fff}, {0x58000000, 0x7fff}};
    case Scanner::a32:
      return {{0xeb000000, 0xfff},  {0x0afff000, 0xfff},  {0xfa000000, 0x1000fff},
              {0xe59f0000, 0xf3ff}, {0xe51f0000, 0xf0ff}, {0xe08f0000, 0xf00f},
              {0xe3080000, 0xffff}, {0xe34c0000, 0xf000}, {0xe28f0000, 0xfff},
              {0xe24f0000, 0xff}};
    case Scanner::thumb:
      return {{0xf800f000, 0x07ff0003}, {0xb800f000, 0x07ff0003}, {0xd1004800, 0x0fff07ff},
              {0x447b4b00, 0x008000ff}, {0xb100e000, 0x0afb03ff}, {0x0000f8df, 0xf3ff0000},
              {0x8000f000, 0x07ff03c3}, {0x0800f248, 0x71ff0007}, {0x0000f6c0, 0x0f000000},
              {0x0800f2c0, 0x0f000000}, {0xe800f000, 0x07fe0003}, {0xa0004478, 0x07ff0087}};
    case Scanner::riscv:
      return {{0x0000006f, 0x3fe00f80}, {0x00000063, 0x7fff8f80}, {0x00000017, 0x0000ff80},
              {0x00000013, 0xffff8f80}, {0x00003003, 0xffff8f80}, {0x00003023, 0xffff8f80},
              {0x00000067, 0xffff8f80}, {0x00000037, 0xffffff80}, {0xa001c001, 0x1ffd1ffd}};
    default:
      return {};
  }
}

struct Golden {
  Machine machine;
  Scanner scanner;
  std::uint64_t base;
  std::size_t fields;
  std::uint64_t digest;
};

std::vector<std::uint8_t> content(const Golden& one) {
  auto bytes = test::lively(50000, 11, one.base);
  const auto templates = templates_of(one.scanner);
  if (templates.empty()) {
    return bytes;
  }
  ::kerf::test::Random random(17);
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    const Template& chosen = templates[static_cast<std::size_t>(random.below(templates.size()))];
    const auto bits = static_cast<std::uint32_t>(random.next());
    if (random.below(8) != 0) {
      store_le32(bytes.data() + at, chosen.fixed | (bits & chosen.random));
    }
  }
  return bytes;
}

constexpr Golden golden[] = {
    {Machine::x86_64, Scanner::x86, 0x400000, 1112, 0x8247e71b72499aec},
    {Machine::i386, Scanner::x86, 0, 1061, 0x7e5c97775b7b93c},
    {Machine::aarch64, Scanner::aarch64, 0, 7350, 0x53e49abcbf57551c},
    {Machine::aarch64, Scanner::aarch64, 0xffff800008000000, 7353, 0x6bc22e27fed855a0},
    {Machine::arm, Scanner::a32, 0xc0008000, 6248, 0xc60a771f3909c414},
    {Machine::arm, Scanner::thumb, 0x08008000, 8650, 0x54fceee731618ec2},
    {Machine::arm, Scanner::thumb, 0x4000, 8284, 0x81a26d719600de85},
    {Machine::xtensa, Scanner::xtensa, 0x400d0000, 4230, 0xc017c8f32a5611be},
    {Machine::xtensa, Scanner::xtensa_be, 0x901000, 1299, 0x9a1466bf32d119af},
    {Machine::riscv64, Scanner::riscv, 0x10000, 5557, 0x77ea4db79c3c1f78},
    {Machine::riscv32, Scanner::riscv, 0x42000000, 5951, 0xfe0435c0337f800a},
    {Machine::x86_64, Scanner::pointers, 0x10000, 392, 0xe756d5b3819d3252},
    {Machine::arm, Scanner::pointers, 0x10000, 3096, 0xc5d7a36bfcbcabc9},
    {Machine::x86_64, Scanner::rela, 0x10000, 2215, 0xce28d670939cef61},
    {Machine::riscv32, Scanner::rela, 0x10000, 5222, 0xd6ef052129501956},
    {Machine::arm, Scanner::rel, 0x10000, 6250, 0x3b9c8c0db682b00c},
    {Machine::aarch64, Scanner::relr, 0x10000, 3349, 0x724cacdd339f60af},
    {Machine::x86_64, Scanner::dynsym, 0x10000, 150, 0x2f8fccd94da320e2},
    {Machine::arm, Scanner::dynsym, 0x10000, 896, 0x91f83c84e8c604e5},
    {Machine::x86_64, Scanner::eh_frame_hdr, 0x10000, 12498, 0x71646fde8c7b970},
    {Machine::arm, Scanner::exidx, 0x10000, 10771, 0xedd9497558571f13},
    {Machine::x86_64, Scanner::tables, 0x400000, 433, 0x389db2598ad3e310},
    {Machine::aarch64, Scanner::relative, 0xffff800008000000, 640, 0x27fef91b03d0820e},
    {Machine::aarch64, Scanner::offsets, 0, 6314, 0x3cab2c249d4d27b},
};

TEST(Golden, ScannersFindWhatTheyAlwaysFound) {
  for (const Golden& one : golden) {
    const auto bytes = content(one);
    const Image image = test::image_of(one.machine, one.scanner, one.base, bytes);
    const auto fields = test::scan_all(image, bytes, test::small_geometry);
    const bool same = fields.size() == one.fields && digest(fields) == one.digest;
    char line[128];
    std::snprintf(line, sizeof line, "machine %d, scanner %d, %llx: %zu, 0x%llx",
                  static_cast<int>(one.machine), static_cast<int>(one.scanner),
                  static_cast<unsigned long long>(one.base), fields.size(),
                  static_cast<unsigned long long>(digest(fields)));
    EXPECT_TRUE(same) << line;
  }
}

}  // namespace
}  // namespace kerf::refs
