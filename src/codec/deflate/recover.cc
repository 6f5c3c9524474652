#include "codec/deflate/recover.h"

#include <algorithm>
#include <array>

#include "codec/compare_sink.h"
#include "codec/deflate/correct_write.h"
#include "codec/deflate/deflate.h"
#include "codec/deflate/encode.h"
#include "codec/deflate/parse.h"
#include "codec/deflate/stored.h"

namespace kerf {

using deflate::Block;
using deflate::BlockType;
using deflate::Token;

namespace {

constexpr std::size_t kHeadTokens = 40000;  // more than the largest block of any family
constexpr std::size_t kMostTokens = 1 << 22;
constexpr std::uint64_t kSetUp =
    4096;  // a matcher that sees nothing costs as much as so many bytes
constexpr std::uint64_t kLeastWork = std::uint64_t{4} << 20;

// What the stream itself says about its encoder.
struct Evidence {
  std::vector<Token> head;      // its first tokens, unless it starts with a stored block
  bool whole = false;           // ... which are all that it has
  bool alien = false;           // no encoder of the families makes such a stream
  std::vector<StoredRun> runs;  // not empty: it has stored blocks only
  std::optional<std::size_t> block_tokens;  // of the first block, if it is not the last
  bool matches = false;                     // in the head: are there any,
  bool far_matches = false;                 // any from farther than one byte,
  unsigned farthest = 0;                    // and the farthest
  bool dynamic = false;                     // has blocks with codes of their own
};

void add_run(std::uint16_t size, std::vector<StoredRun>& runs) {
  if (runs.empty() || runs.back().size != size) {
    runs.push_back({0, size});
  }
  ++runs.back().count;
}

void add_tokens(std::span<const Token> tokens, Evidence& evidence) {
  for (const Token token : tokens) {
    if (!token.literal()) {
      evidence.matches = true;
      evidence.far_matches |= token.value > 1;
      evidence.farthest = std::max<unsigned>(evidence.farthest, token.value);
    }
  }
  evidence.head.insert(evidence.head.end(), tokens.begin(), tokens.end());
}

Result<Evidence> survey(const DeflateTask& task) {
  Evidence evidence;
  deflate::Parser parser(task.packed, task.packed_offset);
  Block block;
  bool all_stored = true;
  bool tokens_known = true;  // no stored block so far
  do {
    if (Status status = parser.next(block, kMostTokens); !status) {
      const Code code = status.error().code();
      if (code == Code::unsupported || code == Code::limit) {
        evidence.alien = true;
        return evidence;
      }
      return std::move(status).error();
    }
    if (block.padding != 0) {
      evidence.alien = true;
      return evidence;
    }
    if (block.type == BlockType::stored) {
      tokens_known = false;
      if (all_stored) {
        add_run(block.stored, evidence.runs);
      }
    } else {
      all_stored = false;
      evidence.runs.clear();
      evidence.dynamic |= block.type == BlockType::dynamic;
      if (tokens_known) {
        if (evidence.head.empty() && !block.last) {
          evidence.block_tokens = block.tokens.size();
        }
        add_tokens(block.tokens, evidence);
      }
    }
    evidence.whole = block.last && tokens_known;
  } while (!block.last && (all_stored || (tokens_known && evidence.head.size() < kHeadTokens)));
  return evidence;
}

// Could the first block be of this size?
bool block_fits(const DeflateParams& params, const Evidence& evidence) {
  const std::size_t capacity = (std::size_t{64} << params.mem_level) - 1;
  if (!evidence.block_tokens) {
    return evidence.head.size() <= capacity;
  }
  return *evidence.block_tokens == capacity ||
         (params.family == DeflateFamily::gnu && *evidence.block_tokens % 4096 == 0 &&
          *evidence.block_tokens < capacity);
}

bool possible(const DeflateParams& params, const Evidence& evidence) {
  if (evidence.head.empty()) {
    return true;
  }
  if (!block_fits(params, evidence) || evidence.farthest + 262 > 1U << params.window_bits) {
    return false;
  }
  switch (params.strategy) {
    case DeflateStrategy::huffman_only:
      return !evidence.matches;
    case DeflateStrategy::rle:
      return !evidence.far_matches;
    case DeflateStrategy::fixed:
      return !evidence.dynamic;
    default:
      return true;
  }
}

// Candidates in the order of trial: what programs do by default before what they can be told to.
std::vector<DeflateParams> candidates(const DeflateTask& task, const Evidence& evidence) {
  std::vector<std::uint8_t> levels;
  if (task.level) {
    levels.push_back(static_cast<std::uint8_t>(*task.level));
  }
  for (const std::uint8_t level : std::initializer_list<std::uint8_t>{6, 9, 1, 5, 4, 3, 2, 7, 8}) {
    if (levels.empty() || level != levels[0]) {
      levels.push_back(level);
    }
  }
  std::vector<DeflateFamily> families{task.family};
  for (const auto family : {DeflateFamily::zlib, DeflateFamily::gnu, DeflateFamily::chromium}) {
    if (family != task.family) {
      families.push_back(family);
    }
  }
  std::vector<DeflateParams> list;
  const auto add = [&](DeflateParams params) {
    if (possible(params, evidence) && std::find(list.begin(), list.end(), params) == list.end()) {
      list.push_back(params);
    }
  };
  const auto add_levels = [&](DeflateStrategy strategy, std::uint8_t window, std::uint8_t memory) {
    // Huffman codes alone, and runs, know no levels.
    const bool one_level =
        strategy == DeflateStrategy::huffman_only || strategy == DeflateStrategy::rle;
    for (const std::uint8_t level : levels) {
      for (const DeflateFamily family : families) {
        const bool gnu = family == DeflateFamily::gnu;
        if (!gnu || (strategy == DeflateStrategy::normal && window == 15)) {
          add({family, strategy, one_level ? std::uint8_t{6} : level, window,
               gnu ? std::uint8_t{9} : memory});
        }
      }
    }
  };
  const auto window = static_cast<std::uint8_t>(std::max(9U, task.window_bits.value_or(15)));
  // What would be a strange accident speaks for a strategy.
  const bool much = evidence.head.size() > 500;
  if (much && !evidence.matches) {
    add_levels(DeflateStrategy::huffman_only, window, 8);
  } else if (much && !evidence.far_matches) {
    add_levels(DeflateStrategy::rle, window, 8);
  } else if (much && !evidence.dynamic) {
    add_levels(DeflateStrategy::fixed, window, 8);
  }
  add_levels(DeflateStrategy::normal, window, 8);
  add_levels(DeflateStrategy::normal, window, 9);
  for (const auto strategy : {DeflateStrategy::huffman_only, DeflateStrategy::rle,
                              DeflateStrategy::filtered, DeflateStrategy::fixed}) {
    add_levels(strategy, window, 8);
    add_levels(strategy, window, 9);
  }
  for (std::uint8_t memory = 7; memory >= 1; --memory) {
    add_levels(DeflateStrategy::normal, window, memory);
  }
  if (!task.window_bits) {
    for (std::uint8_t smaller = 14; smaller >= 9; --smaller) {
      add_levels(DeflateStrategy::normal, smaller, 8);
      add_levels(DeflateStrategy::normal, smaller, 9);
    }
  }
  return list;
}

class Search {
 public:
  Search(const DeflateTask& task, const RecoverOptions& options, Recovery& recovery)
      : task_(task),
        options_(options),
        recovery_(recovery),
        last_work_(recovery.work + (options.work != 0
                                        ? options.work
                                        : std::max(kLeastWork, 12 * task.plain_length))) {}

  bool exhausted() const { return recovery_.work >= last_work_; }

  // Does a matcher with these params choose the tokens of the head? Cheap: stops at the first that
  // differs.
  Result<bool> chooses(const DeflateParams& params, const Evidence& evidence) {
    ++recovery_.tried;
    if (deflate::Matcher::memory(params) > options_.memory) {
      return false;
    }
    deflate::Matcher matcher(params);
    std::uint64_t fed = 0;
    recovery_.work += kSetUp;
    for (const Token actual : evidence.head) {
      Token token{};
      deflate::Matcher::Step step = matcher.peek(token);
      while (step == deflate::Matcher::Step::starved) {
        TRY(feed(matcher, fed));
        step = matcher.peek(token);
      }
      if (step == deflate::Matcher::Step::end || token != actual) {
        return false;
      }
      matcher.advance(token);
      recovery_.work += token.covers();
    }
    return true;
  }

  // Does the encoder make the whole stream?
  Result<bool> makes(Bytes params) {
    CompareSink sink(task_.packed, task_.packed_offset);
    const Limits limits{task_.packed_length, options_.memory, 0};
    auto encoder = deflate_codec().encoder(params, sink, limits);
    if (!encoder) {
      return false;  // a hint of another kind, or more memory than allowed
    }
    auto verdict = try_encoder(**encoder, sink, task_.plain, task_.plain_offset, task_.plain_length,
                               task_.packed_offset + task_.packed_length, recovery_.work);
    if (!verdict && verdict.error().code() == Code::limit) {
      return false;  // longer than the stream
    }
    TRY_ASSIGN(const Verdict value, std::move(verdict));
    return value == Verdict::equal;
  }

 private:
  Status feed(deflate::Matcher& matcher, std::uint64_t& fed) {
    const MutBytes space = matcher.space();
    const auto part =
        static_cast<std::size_t>(std::min<std::uint64_t>(space.size(), task_.plain_length - fed));
    TRY(task_.plain.read_at(task_.plain_offset + fed, space.first(part)));
    matcher.filled(part);
    fed += part;
    if (part < space.size()) {
      matcher.end();
    }
    return {};
  }

  const DeflateTask& task_;
  const RecoverOptions& options_;
  Recovery& recovery_;
  std::uint64_t last_work_;
};

using Answer = std::optional<Recovered>;

// A family's encoder, or stored blocks.
Result<Answer> find_encoder(const DeflateTask& task, const Evidence& evidence, Search& search) {
  const auto finish = [&](Bytes params, std::string description) -> Result<Answer> {
    TRY_ASSIGN(const bool made, search.makes(params));
    return made ? Answer(Recovered{{params.begin(), params.end()}, std::move(description)})
                : Answer();
  };
  const auto try_stored = [&]() -> Result<Answer> {
    ByteWriter params;
    write_stored_params(evidence.runs, params);
    return finish(params.view(), "stored blocks");
  };

  if (!evidence.runs.empty() && evidence.runs.size() <= 2) {
    TRY_ASSIGN(Answer answer, try_stored());
    if (answer) {
      return answer;
    }
  }
  std::vector<DeflateParams> list;
  for (const auto& hint : task.hints) {
    ByteReader in(hint);
    auto params = read_deflate_params(in);
    if (params && in.remaining() == 0 && possible(*params, evidence) &&
        std::find(list.begin(), list.end(), *params) == list.end()) {
      list.push_back(*params);
    }
  }
  for (const DeflateParams& params : candidates(task, evidence)) {
    if (std::find(list.begin(), list.end(), params) == list.end()) {
      list.push_back(params);
    }
  }
  for (const DeflateParams& params : list) {
    if (search.exhausted()) {
      break;
    }
    TRY_ASSIGN(const bool chosen, search.chooses(params, evidence));
    if (!chosen) {
      continue;
    }
    ByteWriter bytes;
    write_deflate_params(params, bytes);
    TRY_ASSIGN(Answer answer, finish(bytes.view(), to_string(params)));
    if (answer) {
      return answer;
    }
  }
  if (evidence.runs.size() > 2) {
    return try_stored();
  }
  return Answer();
}

Result<Answer> find_corrected(const DeflateTask& task, const RecoverOptions& options,
                              Search& search, Recovery& recovery) {
  const std::uint64_t most = task.packed_length * options.most_corrections_percent / 100;
  TRY_ASSIGN(auto corrected, find_corrections(task, recovery));
  if (!corrected || corrected->corrections.size() > most) {
    return Answer();
  }
  ByteWriter params;
  write_corrected_params(*corrected, params);
  TRY_ASSIGN(const bool made, search.makes(params.view()));
  if (!made) {
    return Answer();
  }
  return Answer(
      Recovered{std::move(params).take(), to_string(corrected->family) + " with corrections"});
}

}  // namespace

Result<std::optional<Recovered>> recover_deflate(const DeflateTask& task,
                                                 const RecoverOptions& options,
                                                 Recovery& recovery) {
  TRY_ASSIGN(const Evidence evidence, survey(task));
  if (evidence.alien) {
    return Answer();
  }
  Search search(task, options, recovery);
  TRY_ASSIGN(Answer answer, find_encoder(task, evidence, search));
  if (answer || options.most_corrections_percent == 0) {
    return answer;
  }
  return find_corrected(task, options, search, recovery);
}

}  // namespace kerf
