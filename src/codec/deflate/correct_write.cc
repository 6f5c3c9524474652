#include "codec/deflate/correct_write.h"

#include <algorithm>

#include "codec/deflate/correct_model.h"
#include "codec/deflate/matcher.h"
#include "codec/deflate/parse.h"

namespace kerf {

using deflate::Block;
using deflate::BlockType;
using deflate::Matcher;
using deflate::Token;

namespace {

// A matcher beside the stream that it foresees.
class Follower {
 public:
  Follower(const DeflateTask& task, const DeflateParams& params) : task_(task), matcher_(params) {}

  // What comes next; nothing at the end of the plain bytes.
  Result<std::optional<Token>> peek() {
    Token token{};
    for (;;) {
      const Matcher::Step step = matcher_.peek(token);
      if (step == Matcher::Step::token) {
        return std::optional<Token>(token);
      }
      if (step == Matcher::Step::end) {
        return std::optional<Token>();
      }
      const MutBytes space = matcher_.space();
      const auto part = static_cast<std::size_t>(
          std::min<std::uint64_t>(space.size(), task_.plain_length - fed_));
      TRY(task_.plain.read_at(task_.plain_offset + fed_, space.first(part)));
      matcher_.filled(part);
      fed_ += part;
      if (part < space.size()) {
        matcher_.end();
      }
    }
  }
  Matcher& matcher() { return matcher_; }

 private:
  const DeflateTask& task_;
  Matcher matcher_;
  std::uint64_t fed_ = 0;
};

// How many of the first tokens `params` foresees wrongly, roughly in bits.
Result<std::uint64_t> misses(const DeflateTask& task, const DeflateParams& params,
                             std::span<const Token> head, Recovery& recovery) {
  Follower follower(task, params);
  std::uint64_t count = 0;
  for (const Token actual : head) {
    TRY_ASSIGN(const auto foreseen, follower.peek());
    if (!foreseen || actual.covers() > follower.matcher().available()) {
      return std::uint64_t{head.size()} * 32;
    }
    if (*foreseen != actual) {
      count += actual.literal() ? 6U : foreseen->value == actual.value ? 10U : 20U;
    }
    follower.matcher().advance(actual);
    recovery.work += actual.covers();
  }
  return count;
}

Result<DeflateParams> nearest(const DeflateTask& task, std::span<const Token> head,
                              Recovery& recovery) {
  DeflateParams best;
  std::uint64_t least = UINT64_MAX;
  for (const auto family : {DeflateFamily::zlib, DeflateFamily::chromium}) {
    // Chromium's hash does not lead to matches of three bytes, which other encoders find: it must
    // be very much nearer.
    const unsigned handicap = family == DeflateFamily::chromium ? 8 : 1;
    for (std::uint8_t level = 1; level <= 9; ++level) {
      const DeflateParams params{family, DeflateStrategy::normal, level, 15, 9};
      TRY_ASSIGN(const std::uint64_t count, misses(task, params, head, recovery));
      if (count * handicap < least) {
        least = count;
        best = params;
      }
    }
  }
  return best;
}

class Writer {
 public:
  Writer(const DeflateTask& task, const DeflateParams& params)
      : follower_(task, params), coder_(bytes_) {}

  // False: the block cannot be expressed.
  Result<bool> block(const Block& block) {
    const bool stored = block.type == BlockType::stored;
    const auto count = static_cast<unsigned>(stored ? block.stored : block.tokens.size());
    model_.head(coder_, {block.last, stored, count});
    Matcher& matcher = follower_.matcher();
    if (stored) {
      for (unsigned left = count; left > 0;) {
        TRY_ASSIGN(const auto foreseen, follower_.peek());
        if (!foreseen) {
          return false;
        }
        const Token token =
            foreseen->covers() <= left ? *foreseen : Token{0, matcher.upcoming(1)[0]};
        matcher.advance(token);
        left -= token.covers();
      }
      return true;
    }
    deflate::Frequencies frequencies;
    for (const Token actual : block.tokens) {
      TRY_ASSIGN(const auto foreseen, follower_.peek());
      if (!foreseen || actual.covers() > matcher.available()) {
        return false;
      }
      model_.token(coder_, matcher, *foreseen, actual);
      frequencies.count(actual);
      matcher.advance(actual);
    }
    ++frequencies.literal[deflate::kEndOfBlock];
    deflate::DynamicCodes foreseen;
    const BlockType expected = choose_block(frequencies, 0, false, false, foreseen);
    BlockType type = block.type;
    deflate::DynamicCodes codes = block.codes;
    return model_.codes(coder_, expected, foreseen, type, codes);
  }

  std::vector<std::uint8_t> finish() {
    coder_.finish();
    return std::move(bytes_);
  }

 private:
  Follower follower_;
  std::vector<std::uint8_t> bytes_;
  model::RangeEncoder<std::vector<std::uint8_t>> coder_;
  deflate::Corrections model_;
};

}  // namespace

Result<std::optional<CorrectedParams>> find_corrections(const DeflateTask& task,
                                                        Recovery& recovery) {
  using Answer = std::optional<CorrectedParams>;
  CorrectedParams params;
  // Two passes: the first blocks choose the family, then all are coded.
  for (const bool choosing : {true, false}) {
    deflate::Parser parser(task.packed, task.packed_offset);
    std::vector<Token> head;
    std::optional<Writer> writer;
    if (!choosing) {
      writer.emplace(task, params.family);
    }
    Block block;
    do {
      if (Status status = parser.next(block, kMostBlockTokens); !status) {
        const Code code = status.error().code();
        if (code == Code::unsupported || code == Code::limit) {
          return Answer();
        }
        return std::move(status).error();
      }
      if (choosing) {
        if (block.type == BlockType::stored && block.stored > 0) {
          break;  // the tokens behind it do not stand at the beginning of the plain bytes
        }
        head.insert(head.end(), block.tokens.begin(), block.tokens.end());
        continue;
      }
      params.block_tokens = std::max<std::uint64_t>(params.block_tokens, block.tokens.size());
      recovery.work += block.plain;
      TRY_ASSIGN(const bool good, writer->block(block));
      if (!good || block.padding != 0) {
        return Answer();
      }
    } while (!block.last && (!choosing || head.size() < 30000));
    if (choosing) {
      head.resize(std::min<std::size_t>(head.size(), 30000));
      TRY_ASSIGN(params.family, nearest(task, head, recovery));
    } else {
      params.corrections = writer->finish();
    }
  }
  return Answer(std::move(params));
}

}  // namespace kerf
