// The external RAM of an ESP32 and who has how much of it. Memory comes from the host; sizes are
// those that the 32-bit device would ask for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace kerf::pycom {

// Not thread-safe. Copies of a device share nothing: an Psram lives for one run of the patcher.
class Psram {
 public:
  // `capacity` in bytes; 0 is a board without.
  explicit Psram(std::uint32_t capacity) : capacity_(capacity) {}

  // `host_size` bytes of zeros, charged as `device_size`. nullptr when that does not fit, or is 0,
  // as the device's heap answers. Freed by release(), at the latest by the destructor.
  void* allocate(std::size_t host_size, std::uint64_t device_size);
  // nullptr is allowed.
  void release(void* block);
  // Charges without memory, for code whose memory is the host's own. False if it does not fit.
  bool charge(std::uint64_t device_size);

  std::uint32_t capacity() const { return capacity_; }
  std::uint64_t used() const { return used_; }
  std::uint64_t peak() const { return peak_; }

 private:
  struct Block {
    std::unique_ptr<std::uint8_t[]> bytes;
    std::uint64_t charged;
  };
  std::uint32_t capacity_;
  std::uint64_t used_ = 0;
  std::uint64_t peak_ = 0;
  std::unordered_map<void*, Block> blocks_;
};

// What the fielded patcher needs to apply a patch: the patch itself, the output buffer, and per
// stream its handle, libbz2's state and 250,000 bytes a level.
constexpr std::uint64_t fielded_buffer = 102'400;
constexpr std::uint64_t fielded_stream = 64'116 + 48;
constexpr std::uint64_t fielded_per_level = 250'000;
constexpr std::uint64_t fielded_psram_need(std::uint64_t patch_size, unsigned sum_of_levels) {
  return patch_size + fielded_buffer + 3 * fielded_stream + fielded_per_level * sum_of_levels;
}

}  // namespace kerf::pycom
