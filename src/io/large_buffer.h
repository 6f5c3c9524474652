// Memory of megabytes that is filled once: in huge pages where the system has them, because first
// touches of small pages cost more than what is then done with them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "base/bytes.h"

namespace kerf {

class LargeBuffer {
 public:
  LargeBuffer() = default;
  // Not initialised. Memory that is never touched is never taken, to within 2 MiB of what is.
  // Throws std::bad_alloc, as std::vector does.
  explicit LargeBuffer(std::size_t size);

  std::uint8_t* data() { return data_.get(); }
  MutBytes view() { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::uint8_t* data) const { std::free(data); }
  };
  std::unique_ptr<std::uint8_t[], Free> data_;
  std::size_t size_ = 0;
};

}  // namespace kerf
