#include "codec/deflate/correct.h"

#include <algorithm>

#include "base/varint.h"
#include "codec/deflate/correct_model.h"
#include "codec/deflate/matcher.h"

namespace kerf {

using deflate::BlockType;
using deflate::Token;

namespace {

class CorrectedEncoder final : public Encoder {
 public:
  CorrectedEncoder(CorrectedParams params, Sink& packed)
      : params_(std::move(params)),
        packed_(packed),
        matcher_(params_.family),
        coder_(params_.corrections.data(), params_.corrections.size()) {
    tokens_.reserve(static_cast<std::size_t>(params_.block_tokens));
  }

  // (The analyzer loses sight of an Error's memory where the Error is moved.)
  Status write(Bytes plain) override {
    while (!plain.empty()) {
      if (matcher_.fill(plain)) {
        TRY(run());  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks)
      }
    }
    return {};
  }

  Status finish() override {
    matcher_.end();
    TRY(run());  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks)
    if (phase_ != Phase::ended) {
      return disagree("fewer");
    }
    return {};
  }

 private:
  enum class Phase : std::uint8_t { head, tokens, stored, ended };

  static Error disagree(const char* which) {
    return {Code::mismatch, std::string(which) + " plain bytes than the corrections are for"};
  }

  // Goes on until more input is needed.
  Status run() {
    for (;;) {
      if (phase_ == Phase::ended) {
        return matcher_.available() == 0 ? Status() : disagree("more");
      }
      if (phase_ == Phase::head) {
        TRY(begin_block());
        continue;
      }
      if (left_ == 0 && !to_the_end_) {
        TRY(end_block());
        continue;
      }
      Token foreseen{};
      const auto step = matcher_.peek(foreseen);
      if (step == deflate::Matcher::Step::starved) {
        return {};
      }
      if (step == deflate::Matcher::Step::end) {
        if (!to_the_end_) {
          return disagree("fewer");
        }
        to_the_end_ = false;
        left_ = 0;
        continue;
      }
      TRY(phase_ == Phase::stored ? take_stored(foreseen) : take_token(foreseen));
    }
  }

  Status begin_block() {
    head_ = model_.head(coder_, {});
    left_ = head_.count;
    to_the_end_ = head_.last && !head_.stored;
    if (head_.stored) {
      if (head_.count > 65535) {
        return damaged();
      }
      write_stored_head(head_.count, head_.last, bits_);
      phase_ = Phase::stored;
      return flush();
    }
    phase_ = Phase::tokens;
    return {};
  }

  Status take_stored(Token foreseen) {
    // Stored bytes pass the matcher as the tokens that it expects, as far as they reach.
    const Token token = foreseen.covers() <= left_ ? foreseen : Token{0, matcher_.upcoming(1)[0]};
    const unsigned covers = token.covers();
    matcher_.advance(token);
    bits_.bytes(matcher_.recent(covers));
    left_ -= covers;
    return bits_.ready().size() < 4096 ? Status() : flush();
  }

  Status take_token(Token foreseen) {
    const Token token = model_.token(coder_, matcher_, foreseen, {});
    if (tokens_.size() == params_.block_tokens || (!token.literal() && token.value == 0)) {
      return damaged();
    }
    if (token.covers() > matcher_.available()) {
      return disagree("fewer");
    }
    tokens_.push_back(token);
    frequencies_.count(token);
    matcher_.advance(token);
    --left_;
    return {};
  }

  Status end_block() {
    if (phase_ == Phase::tokens) {
      ++frequencies_.literal[deflate::kEndOfBlock];
      deflate::DynamicCodes foreseen;
      const BlockType type = choose_block(frequencies_, 0, false, false, foreseen);
      BlockType actual = type;
      deflate::DynamicCodes codes;
      if (!model_.codes(coder_, type, foreseen, actual, codes)) {
        return damaged();
      }
      write_block(tokens_, actual, codes, head_.last, bits_);
      tokens_.clear();
      frequencies_ = {};
    }
    phase_ = Phase::head;
    if (head_.last) {
      bits_.align();
      phase_ = Phase::ended;
    }
    return flush();
  }

  Status flush() {
    TRY(packed_.write(bits_.ready()));
    bits_.clear();
    return {};
  }

  static Error damaged() { return {Code::corrupt, "damaged deflate corrections"}; }

  CorrectedParams params_;
  Sink& packed_;
  deflate::Matcher matcher_;
  model::RangeDecoder coder_;
  deflate::Corrections model_;
  deflate::Corrections::BlockHead head_;
  Phase phase_ = Phase::head;
  std::uint64_t left_ = 0;  // tokens, or bytes of a stored block
  bool to_the_end_ = false;
  std::vector<Token> tokens_;
  deflate::Frequencies frequencies_;
  deflate::BitWriter bits_;
};

}  // namespace

void write_corrected_params(const CorrectedParams& params, ByteWriter& out) {
  out.u8(corrected_form);
  write_deflate_params(params.family, out);
  write_varint(params.block_tokens, out);
  out.bytes(params.corrections);
}

Result<CorrectedParams> read_corrected_params(Bytes bytes) {
  ByteReader in(bytes);
  if (in.u8() != corrected_form) {
    return Error(Code::corrupt, "not the params of corrections").at(0);
  }
  CorrectedParams params;
  TRY_ASSIGN(params.family, read_deflate_params(in));
  TRY_ASSIGN(params.block_tokens, read_varint(in));
  if (params.block_tokens > kMostBlockTokens) {
    return Error(Code::corrupt, "corrections for a block of impossible length").at(4);
  }
  const Bytes rest = in.take(in.remaining());
  params.corrections.assign(rest.begin(), rest.end());
  return params;
}

std::uint64_t corrected_memory(const CorrectedParams& params) {
  // The packed block comes to at most six bytes a token, and a vector may double.
  return sizeof(CorrectedEncoder) + deflate::Matcher::memory(params.family) +
         params.block_tokens * (sizeof(Token) + 12) + 2 * params.corrections.size() + 8192;
}

std::unique_ptr<Encoder> corrected_encoder(CorrectedParams params, Sink& packed) {
  return std::make_unique<CorrectedEncoder>(std::move(params), packed);
}

}  // namespace kerf
