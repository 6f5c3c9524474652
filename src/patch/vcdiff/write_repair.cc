#include <algorithm>
#include <vector>

#include "patch/identity.h"
#include "patch/vcdiff/run.h"
#include "patch/vcdiff/write_window.h"

namespace kerf::vcdiff {

namespace {

// Copies of copies are followed so many times; what is still a copy then is sent as it is.
constexpr int most_hops = 64;
// Shorter copies are not worth their address.
constexpr std::uint64_t shortest_piece = 5;

// The instructions of parts of a window, as if each part were a window of its own.
class Splitter {
 public:
  explicit Splitter(std::span<const Instruction> whole) : whole_(whole) {
    starts_.reserve(whole.size());
    std::uint64_t start = 0;
    for (const Instruction& instruction : whole) {
      starts_.push_back(start);
      start += instruction.length;
    }
  }

  std::vector<Instruction> part(std::uint64_t begin, std::uint64_t end) {
    part_.clear();
    for (std::uint64_t at = begin; at < end;) {
      Instruction piece = from_position(at);
      piece.length = std::min(piece.length, end - at);
      at += piece.length;
      if (piece.type != Type::copy || piece.from_source) {
        emit(piece);
        continue;
      }
      if (piece.from < begin) {
        const std::uint64_t before = std::min(piece.length, begin - piece.from);
        resolve(piece.from, before);
        piece.from += before;
        piece.length -= before;
      }
      if (piece.length > 0) {
        piece.from -= begin;
        emit(piece);
      }
    }
    return std::move(part_);
  }

 private:
  // What is left of the instruction that makes the byte at `position`.
  Instruction from_position(std::uint64_t position) const {
    const auto after = std::ranges::upper_bound(starts_, position);
    const auto index = static_cast<std::size_t>(after - starts_.begin()) - 1;
    Instruction rest = whole_[index];
    const std::uint64_t skipped = position - starts_[index];
    rest.length -= skipped;
    if (rest.type == Type::copy) {
      rest.from += skipped;
    }
    return rest;
  }

  // Says the bytes at `position` by what they came from.
  void resolve(std::uint64_t position, std::uint64_t length) {
    while (length > 0) {
      std::uint64_t at = position;
      std::uint64_t known = length;
      Instruction origin = from_position(at);
      known = std::min(known, origin.length);
      for (int hops = 0; hops < most_hops && origin.type == Type::copy && !origin.from_source;
           ++hops) {
        at = origin.from;
        origin = from_position(at);
        known = std::min(known, origin.length);
      }
      origin.length = known;
      if (known < shortest_piece || (origin.type == Type::copy && !origin.from_source)) {
        origin = {Type::add, false, 0, known};
      }
      emit(origin);
      position += known;
      length -= known;
    }
  }

  void emit(const Instruction& instruction) {
    if (!part_.empty() && part_.back().type == Type::add && instruction.type == Type::add) {
      part_.back().length += instruction.length;
    } else {
      part_.push_back(instruction);
    }
  }

  std::span<const Instruction> whole_;
  std::vector<std::uint64_t> starts_;  // of the instructions, in the window
  std::vector<Instruction> part_;
};

class Rewriter final : public WindowVisitor {
 public:
  Rewriter(const Form& form, Sink& to) : form_(form), to_(to) {}

  Status window(Bytes made, std::span<const Instruction> instructions) override {
    Splitter splitter(instructions);
    for (std::uint64_t begin = 0; begin < made.size();) {
      const std::uint64_t end = std::min<std::uint64_t>(made.size(), begin + form_.window);
      TRY(write(
          made.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)),
          splitter.part(begin, end)));
      begin = end;
    }
    return {};
  }

  // xdelta3 wants a window, be it empty.
  Status finish() { return written_ ? Status() : write({}, {}); }

 private:
  Status write(Bytes made, std::span<const Instruction> instructions) {
    std::vector<std::uint8_t> coded;
    encode_window(made, instructions, form_, coded);
    written_ = true;
    return to_.write(coded);
  }

  const Form& form_;
  Sink& to_;
  bool written_ = false;
};

}  // namespace

Result<BlobId> rewrite(const Source& from, const Source& patch, const Form& form,
                       const ApplyOptions& options, Sink& rewritten) {
  TRY(rewritten.write(file_header(form)));
  Rewriter rewriter(form, rewritten);
  HashingSink made(nullptr);
  TRY(run(from, patch, false, options, made, &rewriter));
  TRY(rewriter.finish());
  const BlobId id = made.finish();
  TRY(check_new(id.sha256, std::nullopt, options));
  return id;
}

}  // namespace kerf::vcdiff
