#include "sim/pycom/bz_stream.h"

#include <string>

namespace kerf::pycom {

namespace {

constexpr std::uint64_t device_handle_size = 48;
constexpr std::uint64_t device_state_size = 64'116;  // libbz2's DState with 32-bit pointers

}  // namespace

void* BzStream::allocate(void* self, int items, int size) {
  auto* const stream = static_cast<BzStream*>(self);
  const std::size_t host_size = static_cast<std::size_t>(items) * static_cast<std::size_t>(size);
  // The first block holds pointers, and is smaller on the device than here.
  const std::uint64_t device_size = stream->state_allocated_ ? host_size : device_state_size;
  stream->state_allocated_ = true;
  return stream->psram_.allocate(host_size, device_size);
}

void BzStream::release(void* self, void* block) {
  static_cast<BzStream*>(self)->psram_.release(block);
}

bool BzStream::init(Bytes packed, int& code) {
  handle_ = psram_.allocate(device_handle_size, device_handle_size);
  if (handle_ == nullptr) {
    return false;
  }
  stream_.bzalloc = allocate;
  stream_.bzfree = release;
  stream_.opaque = this;
  code = BZ2_bzDecompressInit(&stream_, 0, 1);
  if (code != BZ_OK) {
    console_.print("Init failed...");
    psram_.release(handle_);
    handle_ = nullptr;
    return true;
  }
  // libbz2 never writes through next_in; its interface only lacks the const.
  stream_.next_in = const_cast<char*>(reinterpret_cast<const char*>(packed.data()));
  stream_.avail_in = static_cast<unsigned>(packed.size());
  return true;
}

int BzStream::read(std::uint8_t* out, unsigned& length) {
  stream_.next_out = reinterpret_cast<char*>(out);
  stream_.avail_out = length;
  const int code = BZ2_bzDecompress(&stream_);
  if (code != BZ_OK && code != BZ_STREAM_END) {
    console_.print("Decomp...ERR: " + std::to_string(code));
    return code;
  }
  length -= stream_.avail_out;
  return BZ_OK;
}

BzStream::~BzStream() {
  if (handle_ != nullptr) {
    BZ2_bzDecompressEnd(&stream_);
    psram_.release(handle_);
  }
}

}  // namespace kerf::pycom
