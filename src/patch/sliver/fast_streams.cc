#include "patch/sliver/fast_streams.h"

#include "base/varint.h"
#include "codec/zstd/unpack.h"

namespace kerf::sliver::fast {

Status Streams::unpack(Bytes section, std::uint64_t base, unsigned count, std::uint64_t most) {
  ByteReader reader(section, base);
  std::array<std::uint64_t, window_streams> sizes{};
  std::array<std::uint64_t, window_streams> packed{};
  std::uint64_t total = 0;
  for (unsigned i = 0; i < count; ++i) {
    const std::uint64_t at = reader.offset();
    TRY_ASSIGN(sizes[i], read_varint(reader));
    if (sizes[i] > most - total) {
      return Error(Code::corrupt, "stream " + std::to_string(i) + " of " +
                                      std::to_string(sizes[i]) +
                                      " bytes is larger than the header permits")
          .at(at);
    }
    total += sizes[i];
    if (sizes[i] > 0) {
      TRY_ASSIGN(packed[i], read_varint(reader));
    }
  }
  bytes_.resize(static_cast<std::size_t>(total));
  ZstdUnpacker unpacker;
  MutBytes rest(bytes_);
  for (unsigned i = 0; i < count; ++i) {
    const std::uint64_t at = reader.offset();
    const auto size = static_cast<std::size_t>(sizes[i]);
    const std::uint64_t stored = packed[i] == 0 ? sizes[i] : packed[i];
    if (stored > reader.remaining()) {
      return Error(Code::truncated, "stream " + std::to_string(i) + " takes " +
                                        std::to_string(stored) + " bytes, the section has " +
                                        std::to_string(reader.remaining()))
          .at(at);
    }
    const Bytes bytes = reader.take(static_cast<std::size_t>(stored));
    if (packed[i] == 0) {
      std::ranges::copy(bytes, rest.begin());
    } else if (auto status = unpacker.unpack(bytes, rest.first(size)); !status) {
      return Error(status.error().code(),
                   "stream " + std::to_string(i) + ": " + status.error().what())
          .at(at);
    }
    streams_[i] = rest.first(size);
    rest = rest.subspan(size);
  }
  if (reader.remaining() > 0) {
    return Error(Code::corrupt,
                 std::to_string(reader.remaining()) + " bytes follow the streams of a section")
        .at(reader.offset());
  }
  return {};
}

}  // namespace kerf::sliver::fast
