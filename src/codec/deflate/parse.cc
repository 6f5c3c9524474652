#include "codec/deflate/parse.h"

#include <algorithm>
#include <string>

#include "codec/deflate/huffman.h"

namespace kerf::deflate {
namespace {

// Code words to symbols by one table look-up.
class Lookup {
 public:
  // False if the lengths are no complete code (one word of one bit alone is allowed, and none).
  bool build(std::span<const std::uint8_t> lengths) {
    unsigned space = 0;  // in units of 2^-15
    unsigned words = 0;
    bits_ = 1;
    for (const std::uint8_t length : lengths) {
      if (length != 0) {
        space += 32768U >> length;
        bits_ = std::max<unsigned>(bits_, length);
        ++words;
      }
    }
    if (space > 32768 || (space < 32768 && words > 1) || (words == 1 && bits_ != 1)) {
      return false;
    }
    std::vector<std::uint16_t> codes(lengths.size());
    canonical_codes(lengths, codes);
    table_.assign(std::size_t{1} << bits_, 0);
    for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
      if (lengths[symbol] != 0) {
        for (std::size_t at = codes[symbol]; at < table_.size();
             at += std::size_t{1} << lengths[symbol]) {
          table_[at] = static_cast<std::uint16_t>(symbol << 4 | lengths[symbol]);
        }
      }
    }
    return true;
  }
  // Symbol << 4 | length of its word; length 0: no such word.
  unsigned find(std::uint64_t bits) const { return table_[bits & (table_.size() - 1)]; }

 private:
  unsigned bits_ = 1;
  std::vector<std::uint16_t> table_;
};

}  // namespace

struct Parser::State {
  State(const Source& source, std::uint64_t offset) : reader(source, std::size_t{64} << 10) {
    reader.seek(offset);
  }

  // Bits from the low end of `pending`; past the end of the source they are zeros, and counted.
  Status fill(unsigned count) {
    while (count_ < count) {
      if (at == chunk.size()) {
        TRY_ASSIGN(chunk, reader.read_some(std::size_t{64} << 10));
        at = 0;
        if (chunk.empty()) {
          return Error(Code::truncated, "deflate stream without an end").at(reader.position());
        }
      }
      pending |= std::uint64_t{chunk[at++]} << count_;
      count_ += 8;
    }
    return {};
  }
  Result<unsigned> take(unsigned count) {
    TRY(fill(count));
    const auto value = static_cast<unsigned>(pending & ((std::uint64_t{1} << count) - 1));
    pending >>= count;
    count_ -= count;
    return value;
  }
  // The end of the source may be nearer than the longest code word.
  Result<unsigned> symbol(const Lookup& table) {
    if (count_ < 15) {
      auto filled = fill(15);
      if (!filled && filled.error().code() != Code::truncated) {
        return std::move(filled).error();
      }
    }
    const unsigned entry = table.find(pending);
    const unsigned length = entry & 15;
    if (length == 0) {
      return damaged("a code word that has no meaning");
    }
    if (length > count_) {
      return Error(Code::truncated, "deflate stream without an end").at(reader.position());
    }
    pending >>= length;
    count_ -= length;
    return entry >> 4;
  }

  std::uint64_t position() const { return reader.position() - (chunk.size() - at) - count_ / 8; }
  Error damaged(const char* what) const {
    return Error(Code::corrupt, std::string("damaged deflate stream: ") + what).at(position());
  }
  Error odd(const char* what) const {
    return Error(Code::unsupported, std::string("no known encoder writes ") + what).at(position());
  }

  Status read_stored(Block& block);
  Status read_codes(DynamicCodes& codes);
  Status read_tokens(Block& block, std::size_t most_tokens);

  BufferedReader reader;
  Bytes chunk;
  std::size_t at = 0;
  std::uint64_t pending = 0;
  unsigned count_ = 0;
  std::uint64_t plain = 0;  // unpacked so far
  Lookup literals;
  Lookup distances;
};

Parser::Parser(const Source& packed, std::uint64_t offset)
    : state_(std::make_unique<State>(packed, offset)) {}
Parser::~Parser() = default;

std::uint64_t Parser::position() const {
  return state_->position();
}

Status Parser::State::read_stored(Block& block) {
  TRY_ASSIGN(const unsigned padding, take(count_ % 8));
  block.padding = static_cast<std::uint8_t>(padding);
  TRY_ASSIGN(const unsigned size, take(16));
  TRY_ASSIGN(const unsigned inverse, take(16));
  if ((size ^ inverse) != 0xFFFF) {
    return damaged("a stored block whose length is written in two ways");
  }
  block.stored = static_cast<std::uint16_t>(size);
  block.plain = size;
  for (unsigned left = size; left > 0;) {
    if (count_ > 0) {
      pending >>= 8;
      count_ -= 8;
      --left;
    } else if (at < chunk.size()) {
      const std::size_t part = std::min<std::size_t>(left, chunk.size() - at);
      at += part;
      left -= static_cast<unsigned>(part);
    } else {
      TRY(fill(8));
    }
  }
  return {};
}

Status Parser::State::read_codes(DynamicCodes& codes) {
  TRY_ASSIGN(const unsigned hlit, take(5));
  TRY_ASSIGN(const unsigned hdist, take(5));
  TRY_ASSIGN(const unsigned hclen, take(4));
  codes.literals = hlit + 257;
  codes.distances = hdist + 1;
  codes.length_codes = hclen + 4;
  if (codes.literals > kLiterals || codes.distances > kDistances) {
    return odd("codes of symbols that deflate does not use");
  }
  for (unsigned i = 0; i < codes.length_codes; ++i) {
    TRY_ASSIGN(const unsigned length, take(3));
    codes.length_code_lengths[kLengthOrder[i]] = static_cast<std::uint8_t>(length);
  }
  Lookup table;
  if (!table.build(codes.length_code_lengths)) {
    return damaged("code lengths in an impossible code");
  }
  const unsigned total = codes.literals + codes.distances;
  std::array<std::uint8_t, kLiterals + kDistances> lengths{};
  for (unsigned filled = 0; filled < total;) {
    TRY_ASSIGN(const unsigned code, symbol(table));
    TRY_ASSIGN(const unsigned extra, take(extra_bits_of_run(code)));
    codes.header.push_back({static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(extra)});
    unsigned count = 1;
    std::uint8_t value = static_cast<std::uint8_t>(code);
    if (code >= 16) {
      count = extra + (code == 18 ? 11 : 3);
      value = code == 16 && filled > 0 ? lengths[filled - 1] : 0;
      if (code == 16 && filled == 0) {
        return damaged("the repeat of a code length that is not there");
      }
    }
    if (count > total - filled) {
      return damaged("more code lengths than announced");
    }
    std::fill_n(lengths.begin() + filled, count, value);
    filled += count;
  }
  std::copy_n(lengths.begin(), codes.literals, codes.literal_lengths.begin());
  std::copy_n(lengths.begin() + codes.literals, codes.distances, codes.distance_lengths.begin());
  if (codes.literal_lengths[kEndOfBlock] == 0) {
    return damaged("a block that cannot end");
  }
  if (!literals.build(codes.literal_lengths) || !distances.build(codes.distance_lengths)) {
    return damaged("an impossible code");
  }
  return {};
}

Status Parser::State::read_tokens(Block& block, std::size_t most_tokens) {
  for (;;) {
    TRY_ASSIGN(const unsigned code, symbol(literals));
    if (code == kEndOfBlock) {
      return {};
    }
    if (block.tokens.size() == most_tokens) {
      return Error(Code::limit, "a deflate block of more than " + std::to_string(most_tokens) +
                                    " literals and copies")
          .at(position());
    }
    if (code < kEndOfBlock) {
      block.tokens.push_back({0, static_cast<std::uint16_t>(code)});
      ++block.plain;
      continue;
    }
    if (code >= kLiterals) {
      return damaged("a length code that has no meaning");
    }
    TRY_ASSIGN(const unsigned more, take(extra_bits_of_literal(code)));
    const unsigned length = base_of_length(code) + more;
    if (code != 285 && length >= kMaxMatch) {
      return odd("the length 258 in the long way");
    }
    TRY_ASSIGN(const unsigned place, symbol(distances));
    if (place >= kDistances) {
      return damaged("a distance code that has no meaning");
    }
    TRY_ASSIGN(const unsigned far, take(extra_bits_of_distance(place)));
    const unsigned distance = base_of_distance(place) + far;
    if (distance > plain + block.plain) {
      return damaged("a copy from before the beginning");
    }
    block.tokens.push_back(
        {static_cast<std::uint16_t>(length), static_cast<std::uint16_t>(distance)});
    block.plain += length;
  }
}

Status Parser::next(Block& block, std::size_t most_tokens) {
  State& state = *state_;
  block = Block{};
  TRY_ASSIGN(const unsigned head, state.take(3));
  block.last = (head & 1) != 0;
  block.type = static_cast<BlockType>(head >> 1);
  switch (head >> 1) {
    case 0:
      TRY(state.read_stored(block));
      break;
    case 1: {
      std::array<std::uint8_t, 288> lengths{};
      for (unsigned code = 0; code < lengths.size(); ++code) {
        lengths[code] = static_cast<std::uint8_t>(fixed_literal_length(code));
      }
      const std::array<std::uint8_t, 32> fives{5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5,
                                               5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
      if (!state.literals.build(lengths) || !state.distances.build(fives)) {
        return Error(Code::bug, "the fixed codes are complete");
      }
      TRY(state.read_tokens(block, most_tokens));
      break;
    }
    case 2:
      TRY(state.read_codes(block.codes));
      TRY(state.read_tokens(block, most_tokens));
      break;
    default:
      return state.damaged("a block of no type");
  }
  state.plain += block.plain;
  if (block.last && block.type != BlockType::stored) {
    TRY_ASSIGN(const unsigned padding, state.take(state.count_ % 8));
    block.padding = static_cast<std::uint8_t>(padding);
  }
  return {};
}

}  // namespace kerf::deflate
