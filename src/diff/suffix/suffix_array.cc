#include "diff/suffix/suffix_array.h"

#include <divsufsort.h>
#include <divsufsort64.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <vector>

namespace kerf::suffix {

namespace {

template <class Index>
struct Sorter;
template <>
struct Sorter<std::int32_t> {
  static int sort(const std::uint8_t* text, std::int32_t* array, std::int32_t length) {
    return divsufsort(text, array, length);
  }
};
template <>
struct Sorter<std::int64_t> {
  static int sort(const std::uint8_t* text, std::int64_t* array, std::int64_t length) {
    return divsufsort64(text, array, length);
  }
};

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

// Memory for `count` entries, not initialised. In large pages where the kernel has them: a fault
// for each small one costs about a thirtieth of all the time that a patch takes.
template <class Index>
std::unique_ptr<Index[], Free> allocate(std::size_t count) {
  constexpr std::size_t large_page = std::size_t{2} << 20;
  const std::size_t size = count * sizeof(Index);
  const std::size_t align = size < large_page ? alignof(std::max_align_t) : large_page;
  const std::size_t rounded = (std::max<std::size_t>(size, 1) + align - 1) / align * align;
  void* memory = std::aligned_alloc(align, rounded);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  if (align == large_page) {
    ::madvise(memory, rounded, MADV_HUGEPAGE);  // a wish, no more
  }
  return std::unique_ptr<Index[], Free>(static_cast<Index*>(memory));
}

template <class Index>
class IndexedArray final : public SuffixArray {
 public:
  explicit IndexedArray(Bytes text)
      : text_(text), array_(allocate<Index>(text.size())), bits_(table_bits(text.size())) {}

  // Bytes that an array of this index width takes.
  static std::uint64_t memory(std::uint64_t length) {
    return length * sizeof(Index) + ((std::uint64_t{1} << table_bits(length)) + 1) * sizeof(Index);
  }

  Status sort() {
    if (text_.empty()) {
      first_.assign((std::size_t{1} << bits_) + 1, 0);
      return {};
    }
    if (Sorter<Index>::sort(text_.data(), array_.get(), static_cast<Index>(text_.size())) != 0) {
      return Error(Code::limit, "out of memory for the suffix sort");
    }
    // first_[k]: how many suffixes have a prefix number below k. Counted, then summed.
    first_.assign((std::size_t{1} << bits_) + 1, 0);
    std::uint32_t three = 0;
    for (std::size_t i = 0; i < text_.size() + 2; ++i) {
      three = (three << 8 | (i < text_.size() ? text_[i] : 0U)) & 0xffffffU;
      if (i >= 2) {
        ++first_[(three >> (24 - bits_)) + 1];
      }
    }
    for (std::size_t k = 1; k < first_.size(); ++k) {
      first_[k] += first_[k - 1];
    }
    return {};
  }

  Matches search(Bytes pattern, std::uint64_t least) const override {
    const std::size_t number = prefix_number(pattern);
    auto low = static_cast<std::size_t>(first_[number]);
    auto high = static_cast<std::size_t>(first_[number + 1]);
    const std::size_t bucket_low = low;
    const std::size_t bucket_high = high;
    // Invariant: suffixes before low sort below the pattern, from high on not below; what both
    // borders share with the pattern, everything between shares too.
    std::size_t low_prefix = 0;
    std::size_t high_prefix = 0;
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      const Bytes suffix = suffix_at(middle);
      const std::size_t prefix = common_prefix(suffix, pattern, std::min(low_prefix, high_prefix));
      const bool below =
          prefix < pattern.size() && (prefix == suffix.size() || suffix[prefix] < pattern[prefix]);
      if (below) {
        low = middle + 1;
        low_prefix = prefix;
      } else {
        high = middle;
        high_prefix = prefix;
      }
    }
    return collect(pattern, least, low, bucket_low, bucket_high);
  }

 private:
  // A sixteenth of the text's length in entries at most: a quarter of a byte a byte (32-bit).
  static unsigned table_bits(std::uint64_t length) {
    return std::clamp<unsigned>(static_cast<unsigned>(std::bit_width(length / 16)), 1, 25) - 1;
  }

  // The first bits_ bits of a string, 0-padded: monotone in the order of the suffixes.
  std::size_t prefix_number(Bytes string) const {
    std::uint32_t three = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      three = three << 8 | (i < string.size() ? string[i] : 0U);
    }
    return three >> (24 - bits_);
  }

  Bytes suffix_at(std::size_t rank) const {
    return text_.subspan(static_cast<std::size_t>(array_[rank]));
  }

  // The longest matches stand on both sides of the place where the pattern would be inserted, and
  // get shorter with the distance.
  Matches collect(Bytes pattern, std::uint64_t least, std::size_t place, std::size_t bucket_low,
                  std::size_t bucket_high) const {
    // A match of three bytes and more stays in its bucket; shorter ones are of no use.
    std::size_t below = place;
    std::size_t above = place;
    const auto prefix_of = [&](std::size_t rank) {
      return static_cast<std::uint64_t>(common_prefix(suffix_at(rank), pattern));
    };
    std::uint64_t below_length = below > bucket_low ? prefix_of(below - 1) : 0;
    std::uint64_t above_length = above < bucket_high ? prefix_of(above) : 0;
    Matches matches;
    std::uint64_t enough =
        std::max({least, std::max(below_length, above_length) / 2, std::uint64_t{1}});
    while (matches.count < most_matches && std::max(below_length, above_length) >= enough) {
      Match& match = matches.found[matches.count++];
      if (below_length >= above_length) {
        match = {static_cast<std::uint64_t>(array_[below - 1]), below_length};
        --below;
        below_length = below > bucket_low ? std::min(below_length, prefix_of(below - 1)) : 0;
      } else {
        match = {static_cast<std::uint64_t>(array_[above]), above_length};
        ++above;
        above_length = above < bucket_high ? std::min(above_length, prefix_of(above)) : 0;
      }
    }
    return matches;
  }

  Bytes text_;
  std::unique_ptr<Index[], Free> array_;
  unsigned bits_;
  std::vector<Index> first_;
};

template <class Index>
Result<std::unique_ptr<SuffixArray>> build_indexed(Bytes text, const Limits& limits) {
  const std::uint64_t needed = IndexedArray<Index>::memory(text.size());
  if (needed > limits.memory) {
    return Error(Code::limit, "the suffix array of the old file takes " + std::to_string(needed) +
                                  " bytes, " + std::to_string(limits.memory) +
                                  " are permitted: raise --memory");
  }
  auto array = std::make_unique<IndexedArray<Index>>(text);
  TRY(array->sort());
  return std::unique_ptr<SuffixArray>(std::move(array));
}

}  // namespace

Result<std::unique_ptr<SuffixArray>> SuffixArray::build(Bytes text, const Limits& limits,
                                                        Width width) {
  if (width == Width::automatic &&
      text.size() <= std::size_t{std::numeric_limits<std::int32_t>::max()}) {
    return build_indexed<std::int32_t>(text, limits);
  }
  return build_indexed<std::int64_t>(text, limits);
}

}  // namespace kerf::suffix
