// Bytes of unknown length (standard input, a step's output): in memory up to a limit, then in an
// unnamed temporary file.
#pragma once

#include <memory>
#include <vector>

#include "io/file.h"
#include "io/sink.h"
#include "io/source.h"
#include "io/system.h"

namespace kerf::io {

class Spool final : public Sink {
 public:
  // Keeps at most `memory` bytes in memory; the rest goes to $TMPDIR (or /tmp).
  explicit Spool(std::uint64_t memory) : memory_(memory) {}
  Status write(Bytes bytes) override;
  // Everything written, readable as often as one likes. Borrows the spool; write nothing
  // afterwards.
  std::unique_ptr<Source> source() const;
  // The same in the address space, for the make side; valid as long as this object lives.
  Result<Bytes> map();
  std::uint64_t size() const { return size_; }

 private:
  Status spill();
  std::uint64_t memory_;
  std::uint64_t size_ = 0;
  std::vector<std::uint8_t> bytes_;
  Descriptor fd_;
  std::unique_ptr<MappedFile> mapped_;  // null until map()
};

// Reads standard input to its end into `spool`. Code::limit past `most` bytes.
Status spool_standard_input(Spool& spool, std::uint64_t most);

}  // namespace kerf::io
