#include "patch/vcdiff/section.h"

#include <algorithm>
#include <array>

#include "patch/vcdiff/number.h"

namespace kerf::vcdiff {

namespace {
// No larger than a block of the cache, so that tiny windows do not each read from the file.
constexpr std::size_t buffer_size = std::size_t{16} << 10;
}  // namespace

void Section::open_stored(const Extent& where) {
  at_ = end_ = 0;
  unfetched_ = where.length;
  stored_ = where;
  packed_ = false;
  pending_ = {};
}

Status Section::open_packed(const Extent& where, std::uint64_t most) {
  open_stored(where);
  const std::uint64_t plain = number("plain length");
  TRY(status());
  if (plain > most) {
    return Error(Code::corrupt, "plain length " + std::to_string(plain) + " is more than the " +
                                    std::to_string(most) + " bytes that this window can use")
        .at(where.offset)
        .in(name_);
  }
  const std::uint64_t used = offset() - where.offset;
  stored_ = {where.offset + used, where.length - used};
  at_ = end_ = 0;
  unfetched_ = plain;
  packed_ = true;
  if (!decoder_) {
    decoder_.emplace(0);  // unpack() permits more
    input_.resize(buffer_size);
  }
  return {};
}

Status Section::finish() {
  if (remaining() != 0) {
    return Error(Code::corrupt, std::to_string(remaining()) + " bytes are left unused")
        .at(offset())
        .in(name_);
  }
  if (!packed_) {
    return {};
  }
  // The packed bytes must be used up as well, without making another byte.
  while (stored_.length > 0 || !pending_.empty()) {
    const std::uint64_t before = offset();
    std::array<std::uint8_t, 1> spare{};
    MutBytes out(spare);
    TRY(fetch(out.first(0)));
    auto moved = unpack(out);
    if (!moved) {
      return std::move(moved).error().at(before).in(name_);
    }
    if (out.empty() || offset() == before) {
      return Error(Code::corrupt, "holds more than its plain length says").at(before).in(name_);
    }
  }
  return {};
}

std::uint64_t Section::offset() const {
  const std::uint64_t behind = packed_ ? pending_.size() : end_ - at_;
  return stored_.offset - behind;
}

void Section::fail(Error error) {
  if (!error_) {
    error_.emplace(std::move(error).at(offset()).in(name_));
  }
  at_ = end_ = 0;
  unfetched_ = 0;
}

Status Section::status() {
  return error_ ? Status(std::move(*error_)) : Status();
}

// Any call may make the decoder grow: a stream can have blocks with ever larger dictionaries.
Status Section::unpack(MutBytes& out) {
  const std::uint64_t before = decoder_->memory();
  const std::uint64_t others = memory_.taken - before;
  decoder_->permit(memory_.permitted - std::min(memory_.permitted, others));
  TRY(decoder_->decode(pending_, out));
  memory_.taken = others + decoder_->memory();
  return {};
}

// Fills all of `out` with plain bytes. With an empty `out` it only sees to it that packed bytes are
// at hand.
Status Section::fetch(MutBytes out) {
  if (!packed_) {
    TRY(patch_.read_at(stored_.offset, out));
    stored_.offset += out.size();
    stored_.length -= out.size();
    return {};
  }
  while (true) {
    if (pending_.empty() && stored_.length > 0) {
      const auto part =
          static_cast<std::size_t>(std::min<std::uint64_t>(stored_.length, input_.size()));
      TRY(patch_.read_at(stored_.offset, MutBytes(input_).first(part)));
      pending_ = Bytes(input_).first(part);
      stored_.offset += part;
      stored_.length -= part;
    }
    if (out.empty()) {
      return {};
    }
    const std::size_t pending = pending_.size();
    const std::size_t wanted = out.size();
    TRY(unpack(out));
    if (pending_.size() == pending && out.size() == wanted) {
      return Error(Code::corrupt, "the packed data ends before its plain length");
    }
  }
}

bool Section::refill() {
  if (unfetched_ == 0) {
    fail({Code::corrupt, "an instruction needs more bytes than there are"});
    return false;
  }
  buffer_.resize(buffer_size);
  const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(unfetched_, buffer_size));
  if (auto fetched = fetch(MutBytes(buffer_).first(part)); !fetched) {
    fail(std::move(fetched).error());
    return false;
  }
  unfetched_ -= part;
  at_ = 0;
  end_ = part;
  return true;
}

std::uint64_t Section::number(std::string_view field) {
  const std::uint64_t start = offset();
  NumberDecoder decoder;
  while (true) {
    const std::uint8_t next = byte();
    if (failed()) {
      return 0;
    }
    const auto state = decoder.feed(next);
    if (state == NumberDecoder::State::more) {
      continue;
    }
    if (state == NumberDecoder::State::overflow) {
      fail(Error(Code::corrupt, std::string(field) + " has more than 64 bits").at(start));
      return 0;
    }
    if (decoder.padded()) {
      padded_ = true;
      if (strict_) {
        fail(Error(Code::corrupt,
                   std::string(field) + " has leading zero digits, which updaters refuse")
                 .at(start));
        return 0;
      }
    }
    return decoder.value();
  }
}

void Section::read(MutBytes out) {
  while (!out.empty() && !failed()) {
    if (at_ == end_) {
      // What is larger than the buffer goes around it.
      if (out.size() >= buffer_size && unfetched_ >= out.size()) {
        if (auto fetched = fetch(out); !fetched) {
          fail(std::move(fetched).error());
        } else {
          unfetched_ -= out.size();
        }
        return;
      }
      if (!refill()) {
        return;
      }
    }
    const std::size_t part = std::min(out.size(), end_ - at_);
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(at_), part, out.begin());
    at_ += part;
    out = out.subspan(part);
  }
}

void Section::skip(std::uint64_t length) {
  while (length > 0 && !failed()) {
    if (at_ == end_) {
      if (!packed_ && length <= unfetched_) {
        stored_.offset += length;
        stored_.length -= length;
        unfetched_ -= length;
        return;
      }
      if (!refill()) {
        return;
      }
    }
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(length, end_ - at_));
    at_ += part;
    length -= part;
  }
}

}  // namespace kerf::vcdiff
