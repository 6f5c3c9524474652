// Recovers the encoder of compressed streams, and says how that went; for bench/recompression.py
// and the conformance tests. Standard input, one stream a line: CODEC OFFSET LENGTH PATH, where the
// path "-" means that of the line before, as the last hit of a file is tried first on its next
// stream. Standard output, one line each, columns separated by tabs:
//   codec  packed  plain  outcome  params  tried  work  recover_ms  encode_ms  description
// Sizes and work in bytes; params: their size; encode_ms: 0 for streams of more than 32 MiB.
// Outcomes: exact or corrected (both compared in whole), none, or an error.
#include <array>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>

#include "codec/compare_sink.h"
#include "codec/recover.h"
#include "io/file.h"
#include "io/spool.h"

namespace {

using kerf::Bytes;
using kerf::Result;
using kerf::Status;

constexpr kerf::Limits kLimits{std::uint64_t{1} << 34, std::uint64_t{3} << 30, 1};
constexpr std::uint64_t kTimed = std::uint64_t{32} << 20;  // plain bytes that are encoded once more
constexpr std::uint64_t kInMemory = std::uint64_t{256} << 20;

using Clock = std::chrono::steady_clock;
double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

using Hints = std::map<std::string, std::vector<std::vector<std::uint8_t>>>;

Result<std::string> examine(const kerf::Codec& codec, const kerf::Source& packed, Hints& hints) {
  kerf::io::Spool spool(kInMemory);
  TRY_ASSIGN(const kerf::Decoded decoded, codec.decode(packed, spool, kLimits));
  const auto plain = spool.source();
  const kerf::SliceSource stream(packed, 0, decoded.packed);
  auto& known = hints[std::string(codec.name())];
  kerf::RecoverOptions options;
  options.hints = known;
  options.most_corrections_percent = 25;
  const auto start = Clock::now();
  TRY_ASSIGN(const kerf::Recovery recovery, kerf::recover(codec.id(), stream, *plain, options));
  const double recover_ms = milliseconds_since(start);
  double encode_ms = 0;
  std::string outcome = "none";
  if (recovery.exact) {
    outcome = recovery.exact->description.ends_with("corrections") ? "corrected" : "exact";
    if (known.empty() || known.front() != recovery.exact->params) {
      known.insert(known.begin(), recovery.exact->params);
      known.resize(std::min<std::size_t>(known.size(), 4));
    }
  }
  if (recovery.exact && decoded.plain <= kTimed) {
    kerf::CompareSink sink(stream);
    TRY_ASSIGN(auto encoder, codec.encoder(recovery.exact->params, sink, kLimits));
    const auto encode_start = Clock::now();
    std::uint64_t fed = 0;
    TRY_ASSIGN(const kerf::Verdict verdict,
               try_encoder(*encoder, sink, *plain, 0, plain->size(), stream.size(), fed));
    encode_ms = milliseconds_since(encode_start);
    if (verdict != kerf::Verdict::equal) {
      outcome = "WRONG";
    }
  }
  std::array<char, 200> text{};
  std::snprintf(text.data(), text.size(), "%llu\t%llu\t%s\t%zu\t%u\t%llu\t%.1f\t%.1f\t",
                static_cast<unsigned long long>(decoded.packed),
                static_cast<unsigned long long>(decoded.plain), outcome.c_str(),
                recovery.exact ? recovery.exact->params.size() : 0, recovery.tried,
                static_cast<unsigned long long>(recovery.work), recover_ms, encode_ms);
  return text.data() + (recovery.exact ? recovery.exact->description : "");
}

Result<std::string> examine_line(const std::string& name, std::uint64_t offset,
                                 std::uint64_t length, const std::string& path, Hints& hints) {
  for (const kerf::Codec* codec : kerf::all_codecs()) {
    if (codec->name() == name) {
      TRY_ASSIGN(const auto file, kerf::io::FileSource::open(path));
      if (offset > file.size() || length > file.size() - offset) {
        return kerf::Error(kerf::Code::truncated, "the stream is not inside the file");
      }
      return examine(*codec, kerf::SliceSource(file, offset, length), hints);
    }
  }
  return kerf::Error(kerf::Code::unsupported, "no codec of that name");
}

}  // namespace

int main() {
  std::string name;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::string path;
  std::string last_path;
  Hints hints;
  while (std::cin >> name >> offset >> length && std::getline(std::cin >> std::ws, path)) {
    if (path == "-") {
      path = last_path;
    } else {
      hints.clear();
      last_path = path;
    }
    auto answer = examine_line(name, offset, length, path, hints);
    std::cout << name << '\t' << (answer ? *std::move(answer) : "0\t0\t" + answer.error().text())
              << '\n'
              << std::flush;
  }
}
