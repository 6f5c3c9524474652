// Windows as a host codes them: with memory of its own for each, several at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "io/block_cache.h"
#include "mcu/cm/field_tally.h"
#include "mcu/cm/window.h"

namespace kerf::sliver {

// Bytes that coding one window takes, the window itself not counted.
std::uint64_t window_memory(const Scene& scene);

// The section of the new bytes `wanted`, which start at `begin`.
struct EncodedWindow {
  std::vector<std::uint8_t> section;
  FieldTally tally;
};
Result<EncodedWindow> encode_window(const Scene& scene, const Source& old_file, Bytes wanted,
                                    std::uint32_t begin);

// Decodes `section` to the new bytes that start at `begin`, as many as `made` has. Any section
// decodes to something. Errors: those of `old_file`.
Status decode_window(const Scene& scene, const Source& old_file, Bytes section, MutBytes made,
                     std::uint32_t begin);

// How the freestanding parts read an old file; remembers what went wrong. Not thread-safe.
class OldReader {
 public:
  // Keeps old bytes in a BlockCache of that much memory.
  explicit OldReader(const Source& source, std::uint64_t memory = BlockCache::least_memory);
  ~OldReader();
  OldReader(const OldReader&) = delete;
  OldReader& operator=(const OldReader&) = delete;
  const refs::Reader& reader() const { return reader_; }
  // The first error of a read, or success.
  Status take_status();

 private:
  struct State;
  static bool read(void* context, std::uint64_t offset, std::uint8_t* out, std::size_t size);
  std::unique_ptr<State> state_;
  refs::Reader reader_;
};

}  // namespace kerf::sliver
