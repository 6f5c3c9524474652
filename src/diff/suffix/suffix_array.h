// The sorted suffixes of the source, and the longest match of a pattern among them.
#pragma once

#include <array>
#include <memory>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"

namespace kerf::suffix {

// Source bytes [from, from + length) equal the pattern's first `length` bytes.
struct Match {
  std::uint64_t from = 0;
  std::uint64_t length = 0;
};

// How many matches one search reports at the most.
inline constexpr std::size_t most_matches = 4;

struct Matches {
  std::array<Match, most_matches> found{};
  std::size_t count = 0;  // 0: nothing of at least the wanted length
};

// Immutable after construction; const members may be called from any thread.
class SuffixArray {
 public:
  virtual ~SuffixArray() = default;
  // Sorts the suffixes of `text`, which must outlive the array. Memory: 4 bytes a byte of text (8
  // above 2 GiB) plus a table of at most a quarter of that. Time: O(n log n), about 0.1 us a
  // byte. Code::limit if `limits.memory` does not allow it.
  // `width` is for tests: entries of 8 bytes although 4 would do.
  enum class Width : std::uint8_t { automatic, wide };
  static Result<std::unique_ptr<SuffixArray>> build(Bytes text, const Limits& limits,
                                                    Width width = Width::automatic);

  // Up to most_matches places in the text where `pattern` matches longest, the longest first; all
  // at least `least` bytes long and at least half as long as the longest. Ties go to the place that
  // sorts first. Time: O(log n + length of the longest match).
  virtual Matches search(Bytes pattern, std::uint64_t least) const = 0;
};

}  // namespace kerf::suffix
