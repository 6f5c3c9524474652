// Memory that the caller gives once, handed out from front to back. With no memory behind it, an
// arena only counts: so the same code that lays out a decoder says how much it takes.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace kerf::sliver {

class Arena {
 public:
  Arena() = default;  // counts
  // Borrows `size` bytes at `memory`, which must be aligned for a uint64_t.
  Arena(uint8_t* memory, size_t size) : memory_(memory), size_(size) {}

  // Room for `count` objects, not constructed; null if the arena counts or is too small.
  template <class T>
  T* take(size_t count) {
    static_assert(alignof(T) <= sizeof(uint64_t));
    const size_t at = used_;
    used_ += (count * sizeof(T) + 7) & ~size_t{7};
    return memory_ != nullptr && used_ <= size_ ? reinterpret_cast<T*>(memory_ + at) : nullptr;
  }
  // Bytes handed out so far.
  size_t used() const { return used_; }
  bool counts() const { return memory_ == nullptr; }

 private:
  uint8_t* memory_ = nullptr;
  size_t size_ = 0;
  size_t used_ = 0;
};

}  // namespace kerf::sliver
