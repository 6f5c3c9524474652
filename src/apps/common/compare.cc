#include "apps/common/compare.h"

#include <algorithm>

namespace kerf::apps {

namespace {

constexpr std::size_t buffer_size = std::size_t{64} << 10;

}  // namespace

ComparingSink::ComparingSink(const Source& expected, std::string name)
    : expected_(expected), name_(std::move(name)), buffer_(buffer_size) {}

Status ComparingSink::write(Bytes bytes) {
  while (!bytes.empty()) {
    const std::uint64_t left = expected_.size() - size_;
    if (left == 0) {
      return Error(Code::mismatch, "the patch makes a longer file").at(size_).in(name_);
    }
    const auto step = static_cast<std::size_t>(
        std::min({left, std::uint64_t{bytes.size()}, std::uint64_t{buffer_.size()}}));
    const MutBytes wanted = MutBytes(buffer_).first(step);
    TRY(expected_.read_at(size_, wanted));
    const auto [made, want] = std::mismatch(
        bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(step), wanted.begin());
    if (want != wanted.end()) {
      return Error(Code::mismatch, "differs from what the patch makes: byte 0x" +
                                       to_hex({&*want, 1}) + " here, 0x" + to_hex({&*made, 1}) +
                                       " made")
          .at(size_ + static_cast<std::uint64_t>(want - wanted.begin()))
          .in(name_);
    }
    size_ += step;
    bytes = bytes.subspan(step);
  }
  return {};
}

Status ComparingSink::finish() const {
  if (size_ != expected_.size()) {
    return Error(Code::mismatch, "the patch makes a shorter file").at(size_).in(name_);
  }
  return {};
}

}  // namespace kerf::apps
