// Memory that the caller gives once, handed out from front to back. With no memory behind it, an
// arena only counts: so the same code that lays out a decoder says how much it takes.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace kerf::sliver {

class Arena {
 public:
  // A cache line: no bucket of a table lies in two.
  static constexpr size_t alignment = 64;

  Arena() = default;  // counts
  // Borrows `size` bytes at `memory`, which must be zero, and aligned to `alignment` for speed.
  Arena(uint8_t* memory, size_t size) : memory_(memory), size_(size) {}

  // Room for `count` objects, all bytes zero; null if the arena counts or is too small. Tables that
  // start with zeros need no clearing: of a table that is larger than what is coded, most pages are
  // then never touched.
  template <class T>
  T* take(size_t count) {
    static_assert(alignof(T) <= alignment);
    const size_t at = used_;
    used_ += (count * sizeof(T) + alignment - 1) & ~(alignment - 1);
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
