#include "codec/deflate/stored.h"

#include <algorithm>
#include <array>

#include "base/varint.h"

namespace kerf {
namespace {

constexpr std::size_t kMostRuns = 1 << 16;

class StoredEncoder final : public Encoder {
 public:
  StoredEncoder(std::vector<StoredRun> runs, Sink& packed)
      : runs_(std::move(runs)), packed_(packed) {}

  Status write(Bytes plain) override {
    while (!plain.empty()) {
      if (left_ == 0) {
        TRY(begin_block());
        continue;
      }
      const std::size_t part = std::min<std::size_t>(left_, plain.size());
      TRY(packed_.write(plain.first(part)));
      plain = plain.subspan(part);
      left_ -= static_cast<unsigned>(part);
    }
    return {};
  }

  Status finish() override {
    while (left_ == 0 && run_ < runs_.size()) {
      TRY(begin_block());
    }
    if (left_ != 0) {
      return Error(Code::mismatch, "fewer plain bytes than the stored blocks of the params hold");
    }
    return {};
  }

 private:
  Status begin_block() {
    if (run_ == runs_.size()) {
      return Error(Code::mismatch, "more plain bytes than the stored blocks of the params hold");
    }
    const unsigned size = runs_[run_].size;
    if (++done_ == runs_[run_].count) {
      ++run_;
      done_ = 0;
    }
    const bool last = run_ == runs_.size();
    const unsigned inverse = ~size & 0xFFFF;
    const std::array<std::uint8_t, 5> head{
        static_cast<std::uint8_t>(last ? 1 : 0), static_cast<std::uint8_t>(size),
        static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(inverse),
        static_cast<std::uint8_t>(inverse >> 8)};
    left_ = size;
    return packed_.write(head);
  }

  std::vector<StoredRun> runs_;
  Sink& packed_;
  std::size_t run_ = 0;     // that the next block comes from,
  std::uint64_t done_ = 0;  // and how many of its blocks have begun
  unsigned left_ = 0;       // plain bytes that the present block still wants
};

}  // namespace

void write_stored_params(std::span<const StoredRun> runs, ByteWriter& out) {
  out.u8(stored_form);
  write_varint(runs.size(), out);
  for (const StoredRun& run : runs) {
    out.le16(run.size);
    write_varint(run.count, out);
  }
}

Result<std::vector<StoredRun>> read_stored_params(ByteReader& in) {
  const std::uint64_t start = in.offset();
  if (in.u8() != stored_form) {
    return Error(Code::corrupt, "not the params of stored blocks").at(start);
  }
  TRY_ASSIGN(const std::uint64_t count, read_varint(in));
  if (count < 1 || count > kMostRuns) {
    return Error(Code::corrupt, "no runs of stored blocks, or more than 65536").at(start);
  }
  std::vector<StoredRun> runs;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t at = in.offset();
    const std::uint16_t size = in.le16();
    TRY_ASSIGN(const std::uint64_t blocks, read_varint(in));
    // Empty blocks cost output and no input: few of them say enough.
    if (blocks < 1 || (size == 0 && blocks > kMostRuns)) {
      return Error(Code::corrupt, "a run of stored blocks of impossible length").at(at);
    }
    runs.push_back({blocks, size});
  }
  return runs;
}

std::unique_ptr<Encoder> stored_encoder(std::vector<StoredRun> runs, Sink& packed) {
  return std::make_unique<StoredEncoder>(std::move(runs), packed);
}

}  // namespace kerf
