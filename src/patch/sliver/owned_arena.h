// The memory behind an Arena on a host.
#pragma once

#include <cstdlib>
#include <memory>
#include <new>

#include "mcu/cm/arena.h"

namespace kerf::sliver {

class OwnedArena {
 public:
  OwnedArena() = default;
  // Throws std::bad_alloc as new does. The system supplies zeros, a page when it is first touched.
  explicit OwnedArena(std::size_t size) : size_(size) {
    memory_.reset(static_cast<std::uint8_t*>(std::calloc(size + Arena::alignment, 1)));
    if (memory_ == nullptr) {
      throw std::bad_alloc();
    }
  }
  // Of all of it, from the start. Borrows from this object.
  Arena arena() const {
    void* start = memory_.get();
    std::size_t room = size_ + Arena::alignment;
    return {static_cast<std::uint8_t*>(std::align(Arena::alignment, size_, start, room)), size_};
  }

 private:
  struct Free {
    void operator()(std::uint8_t* memory) const { std::free(memory); }
  };
  std::unique_ptr<std::uint8_t[], Free> memory_;
  std::size_t size_ = 0;
};

}  // namespace kerf::sliver
