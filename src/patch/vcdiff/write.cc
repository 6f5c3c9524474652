#include <algorithm>
#include <array>

#include "patch/vcdiff/vcdiff.h"
#include "patch/vcdiff/write_matches.h"
#include "patch/vcdiff/write_parse.h"

namespace kerf::vcdiff {

namespace {

constexpr std::size_t window_size = WindowIndex::largest_window;

// All in 1/256 bit. No entropy coder follows: a literal is a byte whatever its value, a difference
// ends one copy and what is equal behind it starts another.
struct Flat {
  std::uint32_t equal_after_equal;
  std::uint32_t equal_after_different;
  std::uint32_t different_after_equal;
  std::uint32_t different_after_different;
  std::uint32_t literal;
  std::uint32_t piece;
};

constexpr CostModel expand(const Flat& flat) {
  CostModel model;
  model.difference[0].fill(flat.different_after_equal);
  model.difference[1].fill(flat.different_after_different);
  model.difference[0][0] = flat.equal_after_equal;
  model.difference[1][0] = flat.equal_after_different;
  model.recent_difference = {flat.different_after_equal, flat.different_after_different};
  model.periodic_difference = flat.different_after_different;
  model.equal_after_periodic = flat.equal_after_different;
  model.literal.fill(flat.literal);
  model.piece = flat.piece;
  return model;
}

constexpr std::array sets{
    expand({8, 3072, 3584, 2048, 2048, 10240}),
};

// Cuts the script into what concerns the window at [start, start + length) of the target.
class Cutter {
 public:
  Cutter(Bytes from, const Script& script) : from_(from), script_(script) {}

  Result<std::vector<Resemblance>> next(std::uint64_t start, std::uint64_t length) {
    std::vector<Resemblance> parts;
    const std::uint64_t end = start + length;
    while (at_ < script_.size()) {
      const auto* copy = std::get_if<Copy>(&script_[at_]);
      const std::uint64_t size =
          copy != nullptr ? copy->length : std::get<Add>(script_[at_]).length;
      const std::uint64_t stop = std::min(end, position_ + size);
      if (copy != nullptr && stop > std::max(start, position_)) {
        if (copy->from > from_.size() || copy->length > from_.size() - copy->from) {
          return Error(Code::bug, "a copy of the script leaves the source");
        }
        parts.push_back({static_cast<std::size_t>(std::max(start, position_) - start),
                         static_cast<std::size_t>(stop - start),
                         static_cast<std::int64_t>(copy->from) -
                             static_cast<std::int64_t>(position_) +
                             static_cast<std::int64_t>(start)});
      }
      if (position_ + size > end) {
        break;
      }
      position_ += size;
      ++at_;
    }
    return parts;
  }

 private:
  Bytes from_;
  const Script& script_;
  std::size_t at_ = 0;
  std::uint64_t position_ = 0;  // in the target, of script_[at_]
};

class VcdiffWriter final : public PatchWriter {
 public:
  std::string_view name() const override { return "vcdiff"; }
  std::string_view summary() const override {
    return "VCDIFF (RFC 3284): applied by xdelta3, open-vcdiff, Software Updater";
  }
  // Whatever follows a window is taken for the next one.
  bool allows_trailer() const override { return false; }
  std::span<const CostModel> price_sets() const override { return sets; }

  Status write(Bytes from, Bytes to, const Script& script, Sink& patch,
               const WriteOptions& options) const override {
    constexpr std::array<std::uint8_t, 5> header{0xd6, 0xc3, 0xc4, 0, 0};
    TRY(patch.write(header));
    Cutter cutter(from, script);
    std::size_t start = 0;
    // xdelta3 wants a window, be it empty.
    do {
      const Bytes window = to.subspan(start, std::min(window_size, to.size() - start));
      TRY_ASSIGN(const auto parts, cutter.next(start, window.size()));
      std::vector<std::uint8_t> coded;
      encode_window(window, parse_window(from, window, parts), coded);
      TRY(patch.write(coded));
      start += window.size();
      TRY(notify(options.observer, "encode", start, to.size()));
    } while (start < to.size());
    return {};
  }
};

}  // namespace

const PatchWriter& writer() {
  static const VcdiffWriter instance;
  return instance;
}

}  // namespace kerf::vcdiff
