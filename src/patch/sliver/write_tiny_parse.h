// Chooses the operations of a `tiny` window: which covers of a script pay, and what literals can be
// copied instead, by the prices of the models themselves.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mcu/cm/cover.h"
#include "patch/sliver/write_tiny_window.h"

namespace kerf::sliver::tiny {

// Where the strings of both files have occurred before. Takes 4 bytes for each byte of both.
class Matches {
 public:
  Matches(Bytes from, Bytes to);

  struct Match {
    std::uint32_t from = 0;  // old position, or how far back in new
    std::uint32_t length = 0;
  };
  // Appends matches of new bytes from `at` on, at most `limit` long: the nearest to `near` and
  // longer ones farther away.
  void find_old(std::uint32_t at, std::uint32_t limit, std::uint32_t near,
                std::vector<Match>& found) const;
  void find_new(std::uint32_t at, std::uint32_t limit, std::vector<Match>& found) const;

 private:
  struct Chain {
    std::vector<std::uint32_t> heads;
    std::vector<std::uint32_t> previous;
  };
  static Chain build(Bytes file, unsigned width);

  Bytes from_;
  Bytes to_;
  Chain old_;
  Chain new_;
  std::vector<std::uint32_t> old_heads_;
};

// The operations of the window [begin, end). `prices` is the state of the machine after an earlier
// try; `costs` what each cover cost in it, in 1/256 bit (by index into `covers`; 0: not known).
std::vector<Operation> parse(const Files& files, const Matches& matches,
                             std::span<const Cover> covers, std::span<const std::uint32_t> costs,
                             const Machine& prices, std::uint32_t begin, std::uint32_t end);

}  // namespace kerf::sliver::tiny
