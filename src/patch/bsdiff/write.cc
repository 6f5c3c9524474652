#include <algorithm>
#include <array>

#include "codec/bzip2/pack.h"
#include "patch/bsdiff/bsdiff.h"
#include "patch/bsdiff/prices.h"

namespace kerf::bsdiff {

namespace {

// Targets up to this size are worth the trials of a thorough bzip2_pack.
constexpr std::size_t thorough_size = std::size_t{1} << 20;

// Receives the steps of a patch in order.
struct Visitor {
  virtual ~Visitor() = default;
  // `difference` is given as the target and the source bytes that it lies between; equally long.
  virtual void step(const Control& control, Bytes target, Bytes source, Bytes extra) = 0;
};

void append_control(std::vector<std::uint8_t>& out, const Control& control) {
  std::array<std::uint8_t, 24> raw{};
  encode_offset(raw.data(), control.add);
  encode_offset(raw.data() + 8, control.copy);
  encode_offset(raw.data() + 16, control.seek);
  out.insert(out.end(), raw.begin(), raw.end());
}

void append_difference(std::vector<std::uint8_t>& out, Bytes target, Bytes source) {
  const std::size_t start = out.size();
  out.resize(start + target.size());
  for (std::size_t i = 0; i < target.size(); ++i) {
    out[start + i] = static_cast<std::uint8_t>(target[i] - source[i]);
  }
}

// Turns a script into controls: a copy, the add behind it if there is one, and the way to the
// source of the next copy. Code::bug if the script does not cover `to` or leaves `from`.
Status visit(Bytes from, Bytes to, const Script& script, Visitor& visitor) {
  std::uint64_t made = 0;
  std::uint64_t position = 0;  // in from
  const auto seek_to = [&](std::uint64_t target) {
    const auto seek = static_cast<std::int64_t>(target) - static_cast<std::int64_t>(position);
    position = target;
    return seek;
  };
  // A script that starts elsewhere than at the source's first byte needs an empty step to get
  // there.
  if (!script.empty()) {
    const auto* first = std::get_if<Copy>(&script.front());
    if (first != nullptr && first->from != 0) {
      visitor.step({0, 0, seek_to(first->from)}, {}, {}, {});
    }
  }
  for (std::size_t i = 0; i < script.size();) {
    Bytes target;
    Bytes source;
    if (const auto* copy = std::get_if<Copy>(&script[i])) {
      if (copy->from != position || position > from.size() ||
          copy->length > from.size() - position || copy->length > to.size() - made) {
        return Error(Code::bug, "a copy of the script leaves its files");
      }
      const auto length = static_cast<std::size_t>(copy->length);
      target = to.subspan(static_cast<std::size_t>(made), length);
      source = from.subspan(static_cast<std::size_t>(position), length);
      made += length;
      position += length;
      ++i;
    }
    Bytes extra;
    if (const auto* add = i < script.size() ? std::get_if<Add>(&script[i]) : nullptr) {
      if (add->length > to.size() - made) {
        return Error(Code::bug, "an add of the script leaves the target");
      }
      extra = to.subspan(static_cast<std::size_t>(made), static_cast<std::size_t>(add->length));
      made += add->length;
      ++i;
    }
    std::int64_t seek = 0;
    if (const auto* next = i < script.size() ? std::get_if<Copy>(&script[i]) : nullptr) {
      if (next->from > from.size()) {
        return Error(Code::bug, "a copy of the script leaves the source");
      }
      seek = seek_to(next->from);
    }
    visitor.step(
        {static_cast<std::int64_t>(target.size()), static_cast<std::int64_t>(extra.size()), seek},
        target, source, extra);
  }
  return made == to.size() ? Status()
                           : Status(Error(Code::bug, "the script does not cover the target"));
}

class ThreeStreams final : public Visitor {
 public:
  void step(const Control& control, Bytes target, Bytes source, Bytes extra) override {
    append_control(streams[0], control);
    append_difference(streams[1], target, source);
    streams[2].insert(streams[2].end(), extra.begin(), extra.end());
  }
  std::array<std::vector<std::uint8_t>, 3> streams;  // control, difference, extra
};

class OneStream final : public Visitor {
 public:
  void step(const Control& control, Bytes target, Bytes source, Bytes extra) override {
    append_control(stream, control);
    append_difference(stream, target, source);
    stream.insert(stream.end(), extra.begin(), extra.end());
  }
  std::vector<std::uint8_t> stream;
};

class Bsdiff40Writer final : public PatchWriter {
 public:
  explicit Bsdiff40Writer(int max_level) : max_level_(max_level) {}
  std::string_view name() const override { return "bsdiff"; }
  std::string_view summary() const override {
    return "BSDIFF40: applied by bspatch everywhere, Pycom devices, Azure Device Update";
  }
  std::span<const CostModel> price_sets() const override { return bsdiff::price_sets(); }

  Status write(Bytes from, Bytes to, const Script& script, Sink& patch,
               const WriteOptions& options) const override {
    ThreeStreams parts;
    TRY(visit(from, to, script, parts));
    std::array<std::vector<std::uint8_t>, 3> packed;
    for (std::size_t i = 0; i < packed.size(); ++i) {
      TRY(notify(options.observer, "compress", i, packed.size()));
      TRY_ASSIGN(packed[i], bzip2_pack(parts.streams[i],
                                       {max_level_, options.threads, to.size() <= thorough_size}));
      parts.streams[i] = {};
    }
    std::array<std::uint8_t, 32> header{'B', 'S', 'D', 'I', 'F', 'F', '4', '0'};
    encode_offset(header.data() + 8, static_cast<std::int64_t>(packed[0].size()));
    encode_offset(header.data() + 16, static_cast<std::int64_t>(packed[1].size()));
    encode_offset(header.data() + 24, static_cast<std::int64_t>(to.size()));
    TRY(patch.write(header));
    for (const auto& section : packed) {
      TRY(patch.write(section));
    }
    return notify(options.observer, "compress", packed.size(), packed.size());
  }

 private:
  int max_level_;
};

class EndsleyWriter final : public PatchWriter {
 public:
  std::string_view name() const override { return "endsley"; }
  std::string_view summary() const override {
    return "ENDSLEY/BSDIFF43: one interleaved stream, for the bspatch embedded in many products";
  }
  std::span<const CostModel> price_sets() const override { return bsdiff::price_sets(); }

  Status write(Bytes from, Bytes to, const Script& script, Sink& patch,
               const WriteOptions& options) const override {
    OneStream parts;
    // The analyzer loses sight of an Error's memory where the Error is moved; leak checks of the
    // sanitizer build watch over it.
    TRY(visit(from, to, script, parts));  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks)
    TRY(notify(options.observer, "compress", 0, 1));
    TRY_ASSIGN(const auto packed,
               bzip2_pack(parts.stream, {9, options.threads, to.size() <= thorough_size}));
    std::array<std::uint8_t, 24> header{};
    std::ranges::copy(std::string_view("ENDSLEY/BSDIFF43"), header.begin());
    encode_offset(header.data() + 16, static_cast<std::int64_t>(to.size()));
    TRY(patch.write(header));
    TRY(patch.write(packed));
    return notify(options.observer, "compress", 1, 1);
  }
};

}  // namespace

const PatchWriter& writer() {
  static const Bsdiff40Writer instance(9);
  return instance;
}

const PatchWriter& endsley_writer() {
  static const EndsleyWriter instance;
  return instance;
}

std::unique_ptr<PatchWriter> writer_with_level(int max_level) {
  return std::make_unique<Bsdiff40Writer>(max_level);
}

}  // namespace kerf::bsdiff
