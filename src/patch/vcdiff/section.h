// One section of a window as a stream of plain bytes, stored or packed.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/extent.h"
#include "codec/xz/xz.h"
#include "io/block_cache.h"

namespace kerf::vcdiff {

// What the xz decoders of all sections of a patch may take together, in bytes.
struct UnpackingMemory {
  std::uint64_t permitted;
  std::uint64_t taken = 0;
};

// Reads sequentially through a small buffer, whatever the section's size. Failure is sticky, as
// with ByteReader: read the fields of an instruction, then TRY(status()) before any is used.
class Section {
 public:
  // `name` is static; the rest is borrowed. `strict`: numbers must not have leading zero digits.
  Section(BlockCache& patch, UnpackingMemory& memory, std::string_view name, bool strict)
      : patch_(patch), memory_(memory), name_(name), strict_(strict) {}

  // Starts with the bytes at `where` of the patch.
  void open_stored(const Extent& where);
  // Likewise packed by xdelta3: the plain length, then what continues an xz stream that runs
  // through all windows. `most` is what the plain bytes can be at most in a sound patch.
  Status open_packed(const Extent& where, std::uint64_t most);
  // Everything must have been read.
  Status finish();

  std::uint8_t byte() {
    if (at_ == end_ && !refill()) {
      return 0;
    }
    return buffer_[at_++];
  }
  std::uint64_t number(std::string_view field);
  // Fills `out`.
  void read(MutBytes out);
  void skip(std::uint64_t length);

  // Plain bytes not yet read; 0 after a failure.
  std::uint64_t remaining() const { return unfetched_ + (end_ - at_); }
  bool failed() const { return error_.has_value(); }
  Status status();
  // Offset in the patch of the next byte (packed: of the packed bytes that are next in line).
  std::uint64_t offset() const;
  bool padded() const { return padded_; }

 private:
  bool refill();
  Status unpack(MutBytes& out);
  Status fetch(MutBytes out);
  void fail(Error error);

  BlockCache& patch_;
  UnpackingMemory& memory_;
  std::string_view name_;
  bool strict_;
  std::vector<std::uint8_t> buffer_;  // plain bytes
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::uint64_t unfetched_ = 0;  // plain bytes behind the buffer
  Extent stored_;                // bytes of the patch behind those that were fetched
  bool packed_ = false;
  std::optional<XzDecoder> decoder_;
  std::vector<std::uint8_t> input_;  // packed bytes; pending_ views them
  Bytes pending_;
  std::optional<Error> error_;
  bool padded_ = false;
};

}  // namespace kerf::vcdiff
