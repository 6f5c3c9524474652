#include "codec/deflate/huffman.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace kerf::deflate {
namespace {

constexpr unsigned kMostSymbols = 286;
constexpr unsigned kMostNodes = 2 * kMostSymbols + 1;

// Builds the tree bottom-up with a binary min-heap. Order of equals: the lighter node first, then
// the one of smaller depth; what the heap leaves open is decided by its layout, which is why the
// heap is written out here instead of taken from the standard library.
class TreeBuilder {
 public:
  explicit TreeBuilder(std::span<const std::uint32_t> frequencies)
      : symbols_(static_cast<unsigned>(frequencies.size())) {
    for (unsigned symbol = 0; symbol < symbols_; ++symbol) {
      weight_[symbol] = frequencies[symbol];
      if (weight_[symbol] != 0) {
        push(symbol);
        used_ = symbol + 1;
      }
    }
    // A code needs two words: rare or absent symbols lend theirs, the first ones if they can.
    while (heap_size_ < 2) {
      const unsigned symbol = used_ < 3 ? used_++ : 0;
      weight_[symbol] = 1;
      push(symbol);
    }
  }

  unsigned used() const { return used_; }

  // Joins the two lightest nodes until one is left.
  void build() {
    for (unsigned at = heap_size_ / 2; at >= 1; --at) {
      sift(at);
    }
    unsigned next = symbols_;
    do {
      const unsigned first = heap_[1];
      heap_[1] = heap_[heap_size_--];
      sift(1);
      const unsigned second = heap_[1];
      sorted_[sorted_size_++] = static_cast<std::uint16_t>(first);
      sorted_[sorted_size_++] = static_cast<std::uint16_t>(second);
      weight_[next] = weight_[first] + weight_[second];
      depth_[next] = static_cast<std::uint16_t>(std::max(depth_[first], depth_[second]) + 1);
      parent_[first] = parent_[second] = static_cast<std::uint16_t>(next);
      heap_[1] = static_cast<std::uint16_t>(next++);
      sift(1);
    } while (heap_size_ >= 2);
    sorted_[sorted_size_++] = heap_[1];
  }

  // Depths in the tree, cut off at `longest` and mended so that they make a code again.
  void measure(unsigned longest, std::span<std::uint8_t> lengths) {
    std::array<unsigned, 16> count{};
    int overflow = 0;
    std::array<std::uint8_t, kMostNodes> bits{};
    for (unsigned at = sorted_size_ - 1; at-- > 0;) {  // from the root's children down
      const unsigned node = sorted_[at];
      unsigned length = bits[parent_[node]] + 1U;
      if (length > longest) {
        length = longest;
        ++overflow;
      }
      bits[node] = static_cast<std::uint8_t>(length);
      if (node < symbols_) {
        ++count[length];
      }
    }
    if (overflow > 0) {
      // One leaf moves down from the nearest shorter length, an overlong one becomes its brother.
      do {
        unsigned from = longest - 1;
        while (count[from] == 0) {
          --from;
        }
        --count[from];
        count[from + 1] += 2;
        --count[longest];
        overflow -= 2;
      } while (overflow > 0);
      // The lengths go out again, the longest to the leaves that left the heap first.
      unsigned at = 0;
      for (unsigned length = longest; length >= 1; --length) {
        for (unsigned left = count[length]; left > 0;) {
          const unsigned node = sorted_[at++];
          if (node < symbols_) {
            bits[node] = static_cast<std::uint8_t>(length);
            --left;
          }
        }
      }
    }
    std::fill(lengths.begin(), lengths.end(), std::uint8_t{0});
    for (unsigned at = 0; at < sorted_size_; ++at) {
      if (sorted_[at] < symbols_) {
        lengths[sorted_[at]] = bits[sorted_[at]];
      }
    }
  }

 private:
  void push(unsigned symbol) { heap_[++heap_size_] = static_cast<std::uint16_t>(symbol); }

  bool before(unsigned a, unsigned b) const {
    return weight_[a] < weight_[b] || (weight_[a] == weight_[b] && depth_[a] <= depth_[b]);
  }

  void sift(unsigned at) {
    const std::uint16_t node = heap_[at];
    for (unsigned child = 2 * at; child <= heap_size_; child *= 2) {
      if (child < heap_size_ && before(heap_[child + 1], heap_[child])) {
        ++child;
      }
      if (before(node, heap_[child])) {
        break;
      }
      heap_[at] = heap_[child];
      at = child;
    }
    heap_[at] = node;
  }

  unsigned symbols_;
  unsigned used_ = 0;
  unsigned heap_size_ = 0;
  unsigned sorted_size_ = 0;
  std::array<std::uint16_t, kMostSymbols + 2> heap_{};  // from index 1
  std::array<std::uint16_t, kMostNodes> sorted_{};      // nodes in the order of leaving the heap
  std::array<std::uint32_t, kMostNodes> weight_{};
  std::array<std::uint16_t, kMostNodes> depth_{};
  std::array<std::uint16_t, kMostNodes> parent_{};
};

}  // namespace

unsigned code_lengths(std::span<const std::uint32_t> frequencies, unsigned longest,
                      std::span<std::uint8_t> lengths) {
  assert(frequencies.size() >= 3 && frequencies.size() <= kMostSymbols);
  assert(lengths.size() == frequencies.size() && longest <= 15);
  TreeBuilder tree(frequencies);
  tree.build();
  tree.measure(longest, lengths);
  return tree.used();
}

void canonical_codes(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> codes) {
  std::array<std::uint16_t, 17> next{};
  for (const std::uint8_t length : lengths) {
    ++next[length + 1U];
  }
  next[0] = next[1] = 0;  // symbols without a code
  // next[n + 1] counts the codes of n bits; turned into the first code of each length.
  unsigned code = 0;
  std::array<std::uint16_t, 16> first{};
  for (unsigned length = 1; length <= 15; ++length) {
    code = (code + next[length]) << 1;
    first[length] = static_cast<std::uint16_t>(code);
  }
  for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    const unsigned length = lengths[symbol];
    if (length == 0) {
      continue;
    }
    unsigned reversed = 0;
    for (unsigned bit = 0, value = first[length]++; bit < length; ++bit, value >>= 1) {
      reversed = reversed << 1 | (value & 1);
    }
    codes[symbol] = static_cast<std::uint16_t>(reversed);
  }
}

}  // namespace kerf::deflate
