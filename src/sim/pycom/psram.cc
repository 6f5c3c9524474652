#include "sim/pycom/psram.h"

#include <algorithm>

namespace kerf::pycom {

bool Psram::charge(std::uint64_t device_size) {
  if (device_size > capacity_ - used_) {
    return false;
  }
  used_ += device_size;
  peak_ = std::max(peak_, used_);
  return true;
}

void* Psram::allocate(std::size_t host_size, std::uint64_t device_size) {
  if (device_size == 0 || !charge(device_size)) {
    return nullptr;
  }
  Block block{std::make_unique<std::uint8_t[]>(host_size), device_size};
  void* const address = block.bytes.get();
  blocks_.emplace(address, std::move(block));
  return address;
}

void Psram::release(void* block) {
  const auto found = blocks_.find(block);
  if (found != blocks_.end()) {
    used_ -= found->second.charged;
    blocks_.erase(found);
  }
}

}  // namespace kerf::pycom
