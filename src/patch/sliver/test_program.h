// A made-up AArch64 program for tests: functions that call each other, so that a few inserted
// instructions change the displacement of most calls.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/test_bytes.h"

namespace kerf::sliver::test_program {

// `functions` functions; `inserted` instructions more in every tenth one.
inline std::vector<std::uint8_t> make(unsigned functions, unsigned inserted) {
  test::Random random(77);
  struct Instruction {
    std::uint32_t word;
    int callee;  // or -1
  };
  std::vector<std::vector<Instruction>> bodies(functions);
  for (unsigned i = 0; i < functions; ++i) {
    const auto length = 12 + random.below(30);
    for (std::uint64_t k = 0; k < length; ++k) {
      const bool calls = random.below(5) == 0;
      const auto word = static_cast<std::uint32_t>(0x91000000U + (random.below(1024) << 10));
      bodies[i].push_back({word, calls ? static_cast<int>(random.below(functions)) : -1});
    }
    bodies[i].push_back({0xD65F03C0U, -1});  // RET
    for (unsigned k = 0; i % 10 == 3 && k < inserted; ++k) {
      bodies[i].insert(bodies[i].begin() + 5, {0xD503201FU, -1});  // NOP
    }
  }
  std::vector<std::uint32_t> starts;
  std::uint32_t at = 0;
  for (const auto& body : bodies) {
    starts.push_back(at);
    at += static_cast<std::uint32_t>(body.size() * 4);
  }
  std::vector<std::uint8_t> bytes(at);
  at = 0;
  for (const auto& body : bodies) {
    for (const auto& [word, callee] : body) {
      const std::uint32_t distance = callee < 0 ? 0 : starts[static_cast<std::size_t>(callee)] - at;
      store_le32(&bytes[at], callee < 0 ? word : 0x94000000U | (distance >> 2 & 0x03FFFFFFU));
      at += 4;
    }
  }
  return bytes;
}

}  // namespace kerf::sliver::test_program
