// Chooses, for a stretch of the target, the cheapest way to say it: which copies at which
// alignments, and what is sent as literal.
#pragma once

#include "base/bytes.h"
#include "base/script.h"
#include "diff/suffix/seed_filter.h"
#include "diff/suffix/suffix_array.h"

namespace kerf::suffix {

// What the parser looks for matches in. Borrows all three, which must outlive it.
struct Index {
  Bytes from;
  const SuffixArray& suffixes;
  const SeedFilter& seeds;
};

// How hard to look. Both shape the script, so they may depend on the files' sizes alone.
struct Effort {
  std::size_t stride;   // matches are looked for at every stride-th target byte; at least 1
  std::size_t matches;  // of the longest matches there, this many are considered; 1 to most_matches
};

// A script for `to` alone. A dynamic program over the target: several alignments (source position
// minus target position) are followed at once, each with the price of the best script that ends in
// it; a new alignment may begin at any earlier byte where that is cheapest. The result is the
// cheapest script among the alignments that the searches found. Deterministic. Time: about 20 ns a
// byte plus the searches; memory: fixed, plus the pieces.
Script parse(const Index& index, Bytes to, const CostModel& prices, const Effort& effort);

}  // namespace kerf::suffix
