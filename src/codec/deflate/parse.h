// Reads a deflate stream block by block as what its encoder decided: block types, codes, how the
// codes were written down, literals and copies. For finding out which encoder it was.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "codec/deflate/block.h"
#include "codec/deflate/token.h"
#include "io/source.h"

namespace kerf::deflate {

struct Block {
  BlockType type = BlockType::stored;
  bool last = false;
  std::uint8_t padding = 0;  // bits in front of a stored block's length, or behind the last block
  std::uint16_t stored = 0;  // bytes of a stored block
  DynamicCodes codes;        // of a dynamic block
  std::vector<Token> tokens;
  std::uint64_t plain = 0;  // bytes that the block unpacks to
};

// Legal streams that no encoder of the families could write (a length of 258 written as 227 + 31,
// codes 30 and 31 in a header, ...) are refused as unsupported: nothing is lost but the hope of an
// exact encoder.
class Parser {
 public:
  // Borrows `packed`, whose deflate stream starts at `offset`.
  Parser(const Source& packed, std::uint64_t offset);
  ~Parser();

  // The next block, with at most `most_tokens` tokens (Code::limit beyond). Errors: corrupt,
  // truncated, unsupported, with the offset in `packed`. Do not call after the last block.
  Status next(Block& block, std::size_t most_tokens);
  // Offset behind the last byte touched; after the last block the end of the stream.
  std::uint64_t position() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kerf::deflate
