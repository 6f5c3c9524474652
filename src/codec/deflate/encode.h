// Deflate streams (RFC 1951, without any wrapper), bit for bit as a given encoder writes them.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/deflate/block.h"
#include "codec/deflate/matcher.h"
#include "codec/deflate/params.h"
#include "io/sink.h"

namespace kerf {

// Pushes plain bytes into one deflate stream. The output depends on the bytes and the params alone,
// not on how the bytes were cut into writes, nor on CPU or compiler. Not thread-safe. Input may be
// of any length. Cost: 15 to 250 ns a byte, by level and data.
class DeflateEncoder final : public Sink {
 public:
  // `params` in range. Borrows `packed`.
  DeflateEncoder(const DeflateParams& params, Sink& packed);

  // Bytes that an encoder allocates: at most 700 KB.
  static std::uint64_t memory(const DeflateParams& params);

  // Hands over packed bytes as soon as a block is complete.
  Status write(Bytes plain) override;
  // Ends the stream; write nothing afterwards.
  Status finish();

 private:
  Status run();
  bool block_is_full(unsigned before) const;
  Status end_block(bool last);

  DeflateParams params_;
  Sink& packed_;
  deflate::Matcher matcher_;
  std::vector<deflate::Token> tokens_;
  std::size_t most_tokens_;
  deflate::Frequencies frequencies_;
  std::uint64_t block_plain_ = 0;  // bytes that the tokens of the block cover
  deflate::BitWriter bits_;
};

}  // namespace kerf
