// Zstandard frames (RFC 8878), one at a time and wholly in memory: what stands beside them says how
// large they are, so that a decoder takes no window.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace kerf {

// Decodes any number of frames with one context. Not thread-safe.
class ZstdUnpacker {
 public:
  ZstdUnpacker();
  ~ZstdUnpacker();
  ZstdUnpacker(const ZstdUnpacker&) = delete;
  ZstdUnpacker& operator=(const ZstdUnpacker&) = delete;

  // Bytes that an unpacker takes, whatever it decodes.
  static std::uint64_t memory();

  // Decodes `packed`, which must be one frame without a dictionary that makes exactly
  // `plain.size()` bytes, into `plain`. Code::corrupt for all else: another magic number, a second
  // frame, more or fewer bytes, a wrong checksum. Code::limit if no context could be allocated.
  // After an error `plain` holds anything.
  Status unpack(Bytes packed, MutBytes plain);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace kerf
