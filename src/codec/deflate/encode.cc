#include "codec/deflate/encode.h"

#include <algorithm>

namespace kerf {

using deflate::BlockType;
using deflate::Token;

namespace {

std::size_t block_capacity(const DeflateParams& params) {
  return (std::size_t{64} << params.mem_level) - 1;
}

}  // namespace

DeflateEncoder::DeflateEncoder(const DeflateParams& params, Sink& packed)
    : params_(params), packed_(packed), matcher_(params), most_tokens_(block_capacity(params)) {
  tokens_.reserve(most_tokens_);
}

std::uint64_t DeflateEncoder::memory(const DeflateParams& params) {
  // The packed block comes to at most six bytes a token, and a vector may double.
  return sizeof(DeflateEncoder) + deflate::Matcher::memory(params) +
         block_capacity(params) * (sizeof(Token) + 8);
}

Status DeflateEncoder::write(Bytes plain) {
  while (!plain.empty()) {
    if (matcher_.fill(plain)) {
      TRY(run());
    }
  }
  return {};
}

Status DeflateEncoder::finish() {
  matcher_.end();
  TRY(run());
  return end_block(true);
}

// Takes tokens until the matcher wants more input or has no more.
Status DeflateEncoder::run() {
  Token token{};
  while (matcher_.peek(token) == deflate::Matcher::Step::token) {
    tokens_.push_back(token);
    frequencies_.count(token);
    const auto before = static_cast<unsigned>(block_plain_);
    block_plain_ += token.covers();
    matcher_.advance(token);
    // The literal that lazy matching holds back at the end never closes a block.
    if (block_is_full(before) && !(matcher_.lazy() && matcher_.at_end() && token.literal())) {
      TRY(end_block(false));
    }
  }
  return {};
}

// `before`: plain bytes of the block in front of its latest token.
bool DeflateEncoder::block_is_full(unsigned before) const {
  if (params_.family == DeflateFamily::gnu && params_.level > 2 && tokens_.size() % 4096 == 0) {
    // gzip's guess whether a block of its own would pay for what follows.
    std::uint64_t packed = 8 * tokens_.size();
    std::uint64_t matches = 0;
    for (unsigned code = 0; code < deflate::kDistances; ++code) {
      const std::uint64_t count = frequencies_.distance[code];
      packed += count * (5 + deflate::extra_bits_of_distance(code));
      matches += count;
    }
    const std::uint64_t plain = before + (matcher_.lazy() ? 1U : 0U);
    if (matches < tokens_.size() / 2 && packed / 8 < plain / 2) {
      return true;
    }
  }
  return tokens_.size() == most_tokens_;
}

Status DeflateEncoder::end_block(bool last) {
  ++frequencies_.literal[deflate::kEndOfBlock];
  deflate::DynamicCodes codes;
  const BlockType type = choose_block(frequencies_, block_plain_,
                                      block_plain_ <= 65535 && matcher_.still_there(block_plain_),
                                      params_.strategy == DeflateStrategy::fixed, codes);
  if (type == BlockType::stored) {
    write_stored_block(matcher_.recent(block_plain_), last, bits_);
  } else {
    write_block(tokens_, type, codes, last, bits_);
  }
  if (last) {
    bits_.align();
  }
  tokens_.clear();
  frequencies_ = {};
  block_plain_ = 0;
  TRY(packed_.write(bits_.ready()));
  bits_.clear();
  return {};
}

}  // namespace kerf
