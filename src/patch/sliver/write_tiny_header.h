// The first bytes of a `tiny` patch, and what stands in front of each window: docs/formats/
// sliver-tiny.md. Decoders read them in mcu/.
#pragma once

#include <vector>

#include "base/hash.h"
#include "mcu/tiny_image.h"

namespace kerf::sliver::tiny {

struct Header {
  std::uint8_t window_bits = 31;
  bool reads_new = true;
  BlobId old_id;
  BlobId new_id;
  mcu::TinyImage image{};
};

std::vector<std::uint8_t> encode_header(const Header& header);

// Appends a window: length, CRC-32 of the new bytes `made`, section.
void put_window(Bytes section, Bytes made, std::vector<std::uint8_t>& patch);

}  // namespace kerf::sliver::tiny
