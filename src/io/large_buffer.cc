#include "io/large_buffer.h"

#include <sys/mman.h>

#include <limits>
#include <new>

namespace kerf {

namespace {

// Of x86-64, and of ARM in 32 and 64 bits with 4 KiB pages. Elsewhere it is no more than an
// alignment.
constexpr std::size_t huge_page = std::size_t{2} << 20;

}  // namespace

// From the heap, not from mmap, so that sanitizers watch its borders.
LargeBuffer::LargeBuffer(std::size_t size) : size_(size) {
  if (size < huge_page) {
    data_.reset(static_cast<std::uint8_t*>(std::malloc(size > 0 ? size : 1)));
  } else if (size <= std::numeric_limits<std::size_t>::max() - huge_page) {
    void* place = nullptr;
    if (::posix_memalign(&place, huge_page, size) == 0) {
      data_.reset(static_cast<std::uint8_t*>(place));
      // Whole huge pages only; the rest takes small ones. An advice: without it all works as well.
      static_cast<void>(::madvise(place, size - size % huge_page, MADV_HUGEPAGE));
    }
  }
  if (data_ == nullptr) {
    throw std::bad_alloc();
  }
}

}  // namespace kerf
