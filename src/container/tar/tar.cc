#include "container/tar/tar.h"

#include "container/tar/header.h"
#include "container/tiler.h"

namespace kerf::container {

namespace {

constexpr std::uint64_t kMostExtra = std::uint64_t{1} << 20;  // bytes of a long name or pax header

Result<TarBlock> read_block(const Source& file, std::uint64_t position) {
  TarBlock block{};
  if (!Extent{position, kTarBlock}.within(file.size())) {
    return beyond_end("a header", position);
  }
  TRY(file.read_at(position, block));
  return block;
}

// Whether the bytes that the size speaks of follow the header. Links and devices have none, but
// pax archives of hard links may: what stands there decides.
Result<bool> has_data(const Source& file, const TarHeader& header, std::uint64_t behind) {
  if (header.size == 0 || header.type < '1' || header.type > '6') {
    return header.size > 0;
  }
  if (header.type != '1' || !Extent{behind, kTarBlock}.within(file.size())) {
    return false;
  }
  TRY_ASSIGN(const TarBlock next, read_block(file, behind));
  return !is_zero_block(next) && !read_tar_header(next);
}

class TarReader {
 public:
  TarReader(const Source& file, const Limits& limits)
      : file_(file), limits_(limits), tiler_(file.size(), limits) {}

  Result<std::vector<Entry>> read() {
    bool ended = false;
    while (!ended && file_.size() - position_ >= kTarBlock) {
      TRY_ASSIGN(ended, read_header());
    }
    if (!extras_.empty()) {
      return Error(Code::truncated, "a pax header or a long name without a member").at(position_);
    }
    return tiler_.finish(file_, position_);
  }

 private:
  // True at the end of the archive. Names in front of a member collect in `extras_`.
  Result<bool> read_header() {
    TRY_ASSIGN(const TarBlock block, read_block(file_, position_));
    if (is_zero_block(block)) {
      return true;
    }
    auto header = read_tar_header(block);
    if (!header) {
      return Error(Code::corrupt, "this is no header of a member: its checksum is wrong")
          .at(position_);
    }
    const std::uint64_t start = position_;
    std::uint64_t headers_end = position_ + kTarBlock;
    switch (header->type) {
      case 'L':
      case 'K':
      case 'x':
      case 'X':
      case 'g': {
        TRY(read_extra(*header, start));
        return false;
      }
      default:
        break;
    }
    if (overrides_.size) {
      header->size = *overrides_.size;
    }
    for (bool more = header->extended; more; headers_end += kTarBlock) {
      TRY_ASSIGN(const TarBlock map, read_block(file_, headers_end));
      more = map[504] != 0;
    }
    TRY_ASSIGN(const bool data, has_data(file_, *header, headers_end));
    const Extent content{headers_end, data ? header->size : 0};
    if (!content.within(file_.size())) {
      return beyond_end("a member", start);
    }
    const std::string& name = overrides_.path ? *overrides_.path : header->name;
    const std::string path = member_path(as_bytes(name));
    extras_.push_back({start, headers_end - start});
    TRY(tiler_.header(path, std::move(extras_)));
    TRY(tiler_.content(path, content));
    extras_.clear();
    overrides_ = global_;
    move_behind(content);
    return false;
  }

  // A header that speaks of the member behind it (or of all of them), with its data.
  Status read_extra(const TarHeader& header, std::uint64_t start) {
    const Extent data{start + kTarBlock, header.size};
    if (!data.within(file_.size())) {
      return beyond_end("a header", start);
    }
    if (header.size > kMostExtra || header.size > limits_.memory) {
      return Error(Code::limit, "a pax header or a long name of " + std::to_string(header.size) +
                                    " bytes, more than the permitted " + std::to_string(kMostExtra))
          .at(start);
    }
    std::vector<std::uint8_t> text(static_cast<std::size_t>(header.size));
    TRY(file_.read_at(data.offset, text));
    if (header.type == 'L') {
      overrides_.path = std::string(text.begin(), text.end());
    } else if (header.type == 'x' || header.type == 'X') {
      if (!read_pax_records(text, overrides_)) {
        return Error(Code::corrupt, "a damaged pax header").at(start);
      }
    } else if (header.type == 'g') {
      // Of one member's own, what stands in front of it decides, and this comes before.
      if (!read_pax_records(text, global_)) {
        return Error(Code::corrupt, "a damaged pax header").at(start);
      }
      overrides_ = global_;
    }
    move_behind(data);
    // Not the padding behind the data: that of all members stays together.
    extras_.push_back({start, kTarBlock + header.size});
    if (extras_.size() * sizeof(Extent) > limits_.memory) {
      return Error(Code::limit, "more headers of one member than memory allows for").at(start);
    }
    return {};
  }

  void move_behind(Extent data) {
    const std::uint64_t end = data.offset + data.length;
    position_ = std::min(end + (kTarBlock - end % kTarBlock) % kTarBlock, file_.size());
  }

  const Source& file_;
  const Limits& limits_;
  Tiler tiler_;
  std::uint64_t position_ = 0;
  std::vector<Extent> extras_;
  PaxOverrides overrides_;
  PaxOverrides global_;
};

class Tar final : public Container {
 public:
  std::string_view name() const override { return "tar"; }

  Result<unsigned> probe(const Source& file) const override {
    if (file.size() < kTarBlock) {
      return 0U;
    }
    TRY_ASSIGN(const TarBlock block, read_block(file, 0));
    const auto header = read_tar_header(block);
    if (!header) {
      return 0U;
    }
    return header->ustar ? 60U : 17U;  // the magic, and what a checksum is worth
  }

  Result<std::vector<Entry>> entries(const Source& file, const Limits& limits) const override {
    return TarReader(file, limits).read();
  }
};

}  // namespace

const Container& tar() {
  static const Tar container;
  return container;
}

}  // namespace kerf::container
