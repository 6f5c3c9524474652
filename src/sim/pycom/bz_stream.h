// The fielded firmware's three calls around libbz2: decoding in "small" mode out of PSRAM, one call
// of the library per read, short reads reported as success.
#pragma once

#include <bzlib.h>

#include <cstdint>

#include "base/bytes.h"
#include "sim/pycom/console.h"
#include "sim/pycom/psram.h"

namespace kerf::pycom {

class BzStream {
 public:
  // Borrows both.
  BzStream(Psram& psram, Console& console) : psram_(psram), console_(console) {}
  ~BzStream();
  BzStream(const BzStream&) = delete;
  BzStream& operator=(const BzStream&) = delete;

  // False: the 48 bytes of the handle could not be had, and the device, which does not look, has
  // written through a null pointer. Otherwise `code` is libbz2's. Borrows `packed`.
  bool init(Bytes packed, int& code);
  // At most `length` bytes into `out`; `length` becomes their number, except on error, which keeps
  // it and is libbz2's code. Fewer bytes than asked for are no error.
  int read(std::uint8_t* out, unsigned& length);

 private:
  static void* allocate(void* self, int items, int size);
  static void release(void* self, void* block);

  Psram& psram_;
  Console& console_;
  void* handle_ = nullptr;  // what the device charges for its bz_stream
  bool state_allocated_ = false;
  bz_stream stream_{};
};

}  // namespace kerf::pycom
