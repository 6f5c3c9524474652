// Random access to bytes that are read, wherever they are kept.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace kerf {

// Thread rule: const members may be called from any thread at any time.
struct Source {
  virtual ~Source() = default;
  // In bytes; does not change during the life of the source.
  virtual std::uint64_t size() const = 0;
  // Fills `out` from [offset, offset + out.size()). Code::truncated if that passes the end (nothing
  // may be assumed of `out` then), Code::io if the medium fails.
  virtual Status read_at(std::uint64_t offset, MutBytes out) const = 0;
};

// Bytes in memory, borrowed: they must outlive the source.
class MemorySource final : public Source {
 public:
  explicit MemorySource(Bytes bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Status read_at(std::uint64_t offset, MutBytes out) const override;

 private:
  Bytes bytes_;
};

// The part [offset, offset + length) of another source, borrowed. The part must lie inside.
class SliceSource final : public Source {
 public:
  SliceSource(const Source& whole, std::uint64_t offset, std::uint64_t length)
      : whole_(whole), offset_(offset), length_(length) {}
  std::uint64_t size() const override { return length_; }
  Status read_at(std::uint64_t offset, MutBytes out) const override;

 private:
  const Source& whole_;
  std::uint64_t offset_;
  std::uint64_t length_;
};

// Sequential reading of a source through a buffer of a fixed size. Not thread-safe.
class BufferedReader {
 public:
  // `buffer_size` at least 1. Borrows `source`, which must outlive the reader.
  BufferedReader(const Source& source, std::size_t buffer_size);

  // Fills `out` from the present position and moves on. Code::truncated past the end.
  Status read(MutBytes out);
  // A view of at least one and at most `most` bytes at the present position, or an empty view at
  // the end of the source; consumes them. The view is valid until the next call.
  Result<Bytes> read_some(std::size_t most);
  void seek(std::uint64_t position) { position_ = position; }
  std::uint64_t position() const { return position_; }

 private:
  Status fill();
  const Source& source_;
  std::vector<std::uint8_t> buffer_;
  std::uint64_t start_ = 0;  // position of buffer_[0] in the source
  std::size_t filled_ = 0;   // valid bytes of the buffer
  std::uint64_t position_ = 0;
};

// All of a source in memory. Code::limit if it is larger than `most` bytes.
Result<std::vector<std::uint8_t>> read_all(const Source& source, std::uint64_t most);

}  // namespace kerf
