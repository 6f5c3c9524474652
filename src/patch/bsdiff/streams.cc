#include "patch/bsdiff/streams.h"

#include <algorithm>
#include <array>

#include "base/checked.h"
#include "io/block_cache.h"
#include "patch/identity.h"

namespace kerf::bsdiff {

namespace {

constexpr std::size_t part_size = std::size_t{64} << 10;
// Controls that produce nothing are legal, and a tiny bzip2 stream can hold billions of them. A
// patch may hold as many as it has new bytes, and this many more.
constexpr std::uint64_t spare_empty_controls = 4096;

class ControlRunner {
 public:
  ControlRunner(Streams& streams, std::uint64_t new_size, const Source* from, Sink* to,
                Observer* observer)
      : streams_(streams), new_size_(new_size), to_(to), observer_(observer), fresh_(part_size) {
    if (from != nullptr) {
      old_.emplace(*from);
      source_.resize(part_size);
    }
  }

  Result<Counts> run() {
    while (made_ < new_size_) {
      TRY_ASSIGN(const Control control, next());
      TRY(add(static_cast<std::uint64_t>(control.add)));
      TRY(copy(static_cast<std::uint64_t>(control.copy)));
      const auto position = checked_seek(position_, control.seek);
      if (!position) {
        return fault(Code::corrupt, "seek", control.seek, "leaves the 64-bit range");
      }
      position_ = *position;
      if (counts_.controls % 1024 == 0) {
        TRY(notify(observer_, "apply", made_, new_size_));
      }
    }
    TRY(streams_.finish());
    TRY(notify(observer_, "apply", made_, new_size_));
    return counts_;
  }

 private:
  Error fault(Code code, std::string_view field, std::int64_t value, std::string_view why) const {
    return Error(code, "control " + std::to_string(counts_.controls) + ": " + std::string(field) +
                           " " + std::to_string(value) + " " + std::string(why))
        .at(streams_.control_offset());
  }

  Result<Control> next() {
    std::array<std::uint8_t, 24> raw{};
    TRY(streams_.read_control(raw));
    ++counts_.controls;
    const Control control{decode_offset(raw.data()), decode_offset(raw.data() + 8),
                          decode_offset(raw.data() + 16)};
    const std::uint64_t left = new_size_ - made_;
    if (control.add < 0) {
      return fault(Code::corrupt, "add length", control.add, "is negative");
    }
    if (static_cast<std::uint64_t>(control.add) > left) {
      return fault(Code::corrupt, "add length", control.add,
                   "passes the declared new size by " +
                       std::to_string(static_cast<std::uint64_t>(control.add) - left) + " bytes");
    }
    if (control.copy < 0) {
      return fault(Code::corrupt, "extra length", control.copy, "is negative");
    }
    if (static_cast<std::uint64_t>(control.copy) > left - static_cast<std::uint64_t>(control.add)) {
      return fault(Code::corrupt, "extra length", control.copy, "passes the declared new size");
    }
    if (control.add == 0 && control.copy == 0 && ++empty_ > new_size_ + spare_empty_controls) {
      return fault(Code::limit, "empty control number", static_cast<std::int64_t>(empty_),
                   "is more than a patch of this size may hold");
    }
    return control;
  }

  Status add(std::uint64_t length) {
    if (length == 0) {
      return {};
    }
    const auto signed_length = static_cast<std::int64_t>(length);
    const auto end = checked_seek(position_, signed_length);
    if (position_ < 0 || !end) {
      return fault(Code::corrupt, "source position", position_, "is outside the old file");
    }
    if (old_ && static_cast<std::uint64_t>(*end) > old_->size()) {
      return fault(Code::mismatch, "source position", *end,
                   "is outside the old file (" + std::to_string(old_->size()) +
                       " bytes): probably not the file this patch was made for");
    }
    counts_.min_old_size = std::max(counts_.min_old_size, static_cast<std::uint64_t>(*end));
    counts_.difference_bytes += length;
    auto at = static_cast<std::uint64_t>(position_);
    position_ = *end;
    while (length > 0) {
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(length, part_size));
      const MutBytes fresh = MutBytes(fresh_).first(part);
      TRY(streams_.read_difference(fresh));
      if (old_) {
        const MutBytes source = MutBytes(source_).first(part);
        TRY(old_->read_at(at, source));
        for (std::size_t i = 0; i < part; ++i) {
          fresh[i] = static_cast<std::uint8_t>(fresh[i] + source[i]);
        }
      }
      TRY(put(fresh));
      at += part;
      length -= part;
    }
    return {};
  }

  Status copy(std::uint64_t length) {
    counts_.extra_bytes += length;
    while (length > 0) {
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(length, part_size));
      const MutBytes fresh = MutBytes(fresh_).first(part);
      TRY(streams_.read_extra(fresh));
      TRY(put(fresh));
      length -= part;
    }
    return {};
  }

  Status put(Bytes fresh) {
    made_ += fresh.size();
    if (fresh.size() == part_size) {
      TRY(notify(observer_, "apply", made_, new_size_));
    }
    return to_ == nullptr ? Status() : to_->write(fresh);
  }

  Streams& streams_;
  std::uint64_t new_size_;
  std::optional<BlockCache> old_;
  Sink* to_;
  Observer* observer_;
  std::vector<std::uint8_t> fresh_;   // difference or extra bytes, then new ones
  std::vector<std::uint8_t> source_;  // the old bytes that they are added to
  std::uint64_t made_ = 0;
  std::int64_t position_ = 0;  // in old; may be anywhere while nothing is read
  std::uint64_t empty_ = 0;
  Counts counts_;
};

}  // namespace

Result<Counts> run_controls(Streams& streams, std::uint64_t new_size, const Source* from, Sink* to,
                            Observer* observer) {
  return ControlRunner(streams, new_size, from, to, observer).run();
}

bool StreamsReader::recognises(Bytes head) const {
  return head.size() >= magic_.size() &&
         std::ranges::equal(head.first(magic_.size()), as_bytes(magic_));
}

Result<PatchInfo> StreamsReader::info(const Source& whole, const Limits& limits) const {
  TRY_ASSIGN(OpenPatch patch, open_(whole, limits, true));
  TRY_ASSIGN(const Counts counts,
             run_controls(*patch.streams, patch.new_size, nullptr, nullptr, nullptr));
  PatchInfo info = std::move(patch.info);
  info.min_old_size = counts.min_old_size;
  info.details.emplace_back("controls", counts.controls);
  info.details.emplace_back("difference bytes", counts.difference_bytes);
  info.details.emplace_back("extra bytes", counts.extra_bytes);
  return info;
}

Status StreamsReader::apply(const Source& from, const Source& whole, Sink& to,
                            const ApplyOptions& options) const {
  TRY_ASSIGN(const OpenPatch patch, open_(whole, options.limits, options.allow_trailing));
  if (patch.trailer) {
    TRY(check_body(whole, *patch.trailer));
  }
  TRY(check_old(from, patch.info.old_id, options));
  if (!patch.trailer && !options.new_sha256) {
    TRY(run_controls(*patch.streams, patch.new_size, &from, &to, options.observer));
    return {};
  }
  HashingSink hashing(&to);
  TRY(run_controls(*patch.streams, patch.new_size, &from, &hashing, options.observer));
  return check_new(hashing.finish().sha256, patch.info.new_sha256, options);
}

Status read_header(const Source& patch, std::string_view magic, MutBytes header, OpenPatch& open) {
  open.info.format = magic;
  open.info.patch_size = patch.size();
  if (patch.size() < header.size()) {
    return Error(Code::truncated, "the patch has " + std::to_string(patch.size()) +
                                      " bytes, its header alone takes " +
                                      std::to_string(header.size()))
        .at(patch.size())
        .in("header");
  }
  TRY(patch.read_at(0, header));
  if (!std::ranges::equal(Bytes(header).first(magic.size()), as_bytes(magic))) {
    return Error(Code::unsupported, "no " + std::string(magic) + " patch").at(0).in("header");
  }
  return {};
}

Status check_new_size(const OpenPatch& open, const Limits& limits, std::uint64_t at) {
  if (open.new_size > limits.output) {
    return Error(Code::limit, "new size " + std::to_string(open.new_size) +
                                  " is above the permitted " + std::to_string(limits.output))
        .at(at)
        .in("header");
  }
  return {};
}

Result<std::uint64_t> header_size(Bytes header, std::size_t at, std::string_view field) {
  const std::int64_t value = decode_offset(header.data() + at);
  if (value < 0) {
    return Error(Code::corrupt, std::string(field) + " " + std::to_string(value) + " is negative")
        .at(at)
        .in("header");
  }
  return static_cast<std::uint64_t>(value);
}

Status open_trailer(const Source& patch, OpenPatch& open) {
  TRY_ASSIGN(open.trailer, find_trailer(patch));
  if (!open.trailer) {
    return {};
  }
  if (open.trailer->new_id.size != open.new_size) {
    return Error(Code::mismatch, "the trailer says that the new file has " +
                                     std::to_string(open.trailer->new_id.size) +
                                     " bytes, the header says " + std::to_string(open.new_size))
        .at(open.trailer->body.size)
        .in("trailer");
  }
  open.info.old_id = open.trailer->old_id;
  open.info.new_sha256 = open.trailer->new_id.sha256;
  open.info.is_signed = open.trailer->signature.has_value();
  open.info.details.emplace_back("trailer", patch.size() - open.trailer->body.size);
  return {};
}

Result<unsigned> stream_level(const Source& patch, const Extent& section, std::string_view name) {
  std::array<std::uint8_t, 4> head{};
  if (section.length < head.size()) {
    return Error(Code::truncated,
                 "only " + std::to_string(section.length) + " bytes: too short for a bzip2 stream")
        .at(section.offset)
        .in(name);
  }
  TRY(patch.read_at(section.offset, head));
  if (head[0] != 'B' || head[1] != 'Z' || head[2] != 'h' || head[3] < '1' || head[3] > '9') {
    return Error(Code::corrupt, "not a bzip2 stream (\"BZh1\" to \"BZh9\" expected)")
        .at(section.offset)
        .in(name);
  }
  return static_cast<unsigned>(head[3] - '0');
}

Status check_trailing(std::uint64_t end_of_streams, std::uint64_t end_of_body, bool allow) {
  if (end_of_streams == end_of_body || allow) {
    return {};
  }
  return Error(Code::corrupt, std::to_string(end_of_body - end_of_streams) +
                                  " bytes follow the end of the patch (devices ignore them; "
                                  "--allow-trailing does too)")
      .at(end_of_streams);
}

}  // namespace kerf::bsdiff
