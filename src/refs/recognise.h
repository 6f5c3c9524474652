// What kind of image a file is, from its headers. Deterministic and part of the format: decoders
// repeat it on the old file. Encoders may send an Image of their own instead.
#pragma once

#include "refs/image.h"

namespace kerf::refs {

// How to read the file: `read` copies `size` bytes from `offset` to `out`, all or none (false).
struct Reader {
  bool (*read)(void* context, uint64_t offset, uint8_t* out, size_t size) = nullptr;
  void* context = nullptr;
  uint32_t size = 0;  // of the file
};

// The highest version of the rules below; a patch says which were used.
inline constexpr uint8_t recogniser_version = 1;

// ELF (32 and 64 bits, little-endian; sections used where they are there, else segments),
// ESP32 and ESP8266 application images, PE (but no Linux kernels). False if it is none of these, or
// its headers are no use: `image` is then unspecified. Reads a few KB.
bool recognise(const Reader& file, Image& image);

// A raw image of `size` bytes that is loaded at `base`: one executable segment and one region of
// the machine's code scanner; Scanner::a32 or thumb for Machine::arm. With `ram_size`, also a
// segment without bytes at `ram`.
void describe_raw(Machine machine, Scanner scanner, uint64_t base, uint32_t size, uint64_t ram,
                  uint64_t ram_size, Image& image);

}  // namespace kerf::refs
