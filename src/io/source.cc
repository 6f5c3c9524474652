#include "io/source.h"

#include <algorithm>

#include "base/extent.h"

namespace kerf {

namespace {

Error past_end(std::uint64_t offset, std::size_t length, std::uint64_t size) {
  return Error(Code::truncated, "read of " + std::to_string(length) + " bytes passes the end (" +
                                    std::to_string(size) + " bytes)")
      .at(offset);
}

}  // namespace

Status MemorySource::read_at(std::uint64_t offset, MutBytes out) const {
  if (!Extent{offset, out.size()}.within(bytes_.size())) {
    return past_end(offset, out.size(), bytes_.size());
  }
  const Bytes from = bytes_.subspan(static_cast<std::size_t>(offset), out.size());
  std::copy(from.begin(), from.end(), out.begin());
  return {};
}

Status SliceSource::read_at(std::uint64_t offset, MutBytes out) const {
  if (!Extent{offset, out.size()}.within(length_)) {
    return past_end(offset, out.size(), length_);
  }
  return whole_.read_at(offset_ + offset, out);
}

BufferedReader::BufferedReader(const Source& source, std::size_t buffer_size)
    : source_(source),
      buffer_(static_cast<std::size_t>(
          std::min<std::uint64_t>(buffer_size, std::max<std::uint64_t>(source.size(), 1)))) {}

Status BufferedReader::fill() {
  const std::uint64_t left = source_.size() - position_;
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_.size()));
  filled_ = 0;
  TRY(source_.read_at(position_, MutBytes(buffer_).first(length)));
  start_ = position_;
  filled_ = length;
  return {};
}

Result<Bytes> BufferedReader::read_some(std::size_t most) {
  if (position_ >= source_.size()) {
    return Bytes();
  }
  if (position_ < start_ || position_ - start_ >= filled_) {
    TRY(fill());
  }
  const auto at = static_cast<std::size_t>(position_ - start_);
  const Bytes view = Bytes(buffer_).subspan(at, std::min(most, filled_ - at));
  position_ += view.size();
  return view;
}

Status BufferedReader::read(MutBytes out) {
  if (!Extent{position_, out.size()}.within(source_.size())) {
    return past_end(position_, out.size(), source_.size());
  }
  while (!out.empty()) {
    if (out.size() >= buffer_.size() && (position_ < start_ || position_ - start_ >= filled_)) {
      TRY(source_.read_at(position_, out));  // larger than the buffer: no detour
      position_ += out.size();
      return {};
    }
    TRY_ASSIGN(const Bytes view, read_some(out.size()));
    std::copy(view.begin(), view.end(), out.begin());
    out = out.subspan(view.size());
  }
  return {};
}

Result<std::vector<std::uint8_t>> read_all(const Source& source, std::uint64_t most) {
  if (source.size() > most) {
    return Error(Code::limit, "input of " + std::to_string(source.size()) +
                                  " bytes is larger than the permitted " + std::to_string(most));
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(source.size()));
  TRY(source.read_at(0, bytes));
  return bytes;
}

}  // namespace kerf
