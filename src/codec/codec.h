// Compressed streams, both ways: decode, and encode so that the very bytes of a given stream come
// out again. What tells one encoder from another is found by codec/recover.h and written down as
// "params": a few bytes, part of the package format (docs/formats/codecs.md). Bytes that were
// encoded from params must be checked (size, hash) by whoever relies on them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/limits.h"
#include "io/sink.h"
#include "io/source.h"

namespace kerf {

// Wire format: append only.
enum class CodecId : std::uint8_t {
  deflate = 1,  // RFC 1951
  zlib = 2,     // RFC 1950
  gzip = 3,     // RFC 1952, any number of members
  bzip2 = 4,    // any number of streams
  xz = 5,       // one .xz stream, padding behind it not included
  lzma = 6,     // .lzma, the format before .xz
};

struct Decoded {
  std::uint64_t packed = 0;  // bytes of the source that the stream occupies, from its first
  std::uint64_t plain = 0;   // bytes that came out
};

// What a step takes on a device.
struct Cost {
  std::uint64_t memory = 0;  // bytes allocated at one time, at most
  std::uint64_t time =
      0;  // nanoseconds on a desktop core of 2020; small devices: five to ten times
};

// Takes plain bytes and hands on packed ones. Not thread-safe.
class Encoder : public Sink {
 public:
  // Ends the stream; write nothing afterwards. Code::mismatch if the params speak of more plain
  // bytes than came (write() says so when more come than they speak of).
  virtual Status finish() = 0;
};

// Thread rule: all members may be called from any thread at any time.
class Codec {
 public:
  virtual ~Codec() = default;
  virtual CodecId id() const = 0;
  // As in messages and in `kerf info`: "gzip".
  virtual std::string_view name() const = 0;

  // Unpacks the stream that starts at the first byte of `packed`; what follows it is not touched.
  // Errors: truncated, corrupt and unsupported with the offset in `packed`; limit when more than
  // limits.output bytes would come out or more than limits.memory be needed; whatever the source
  // and the sink say.
  virtual Result<Decoded> decode(const Source& packed, Sink& plain, const Limits& limits) const = 0;

  // An encoder for `params` (copied). Borrows `packed`. Errors: unsupported (an encoder or a
  // version of one that this build has not), corrupt, truncated; limit if encoding takes more than
  // limits.memory bytes, which is checked before anything is allocated. Writes at most
  // limits.output bytes.
  virtual Result<std::unique_ptr<Encoder>> encoder(Bytes params, Sink& packed,
                                                   const Limits& limits) const = 0;

  // What encoding `plain` bytes takes. Errors as encoder() has them for its params.
  virtual Result<Cost> encode_cost(Bytes params, std::uint64_t plain) const = 0;

 protected:
  // For encoder(): Code::limit if encoding takes more than limits.memory bytes.
  Status check_memory(Bytes params, const Limits& limits) const;
};

// Every codec of this build, by id.
std::span<const Codec* const> all_codecs();
// nullptr if this build has none of that number.
const Codec* find_codec(CodecId id);

}  // namespace kerf
