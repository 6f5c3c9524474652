// Verification without a second copy: a sink that knows what it ought to receive.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/sink.h"
#include "io/source.h"

namespace kerf::apps {

// Compares what is written with `expected`, which is borrowed. Not thread-safe.
class ComparingSink final : public Sink {
 public:
  // `name` is the expected file's, for messages.
  ComparingSink(const Source& expected, std::string name);
  // Code::mismatch with the offset of the first byte that differs.
  Status write(Bytes bytes) override;
  // Code::mismatch if less was written than expected.
  Status finish() const;
  std::uint64_t size() const { return size_; }

 private:
  const Source& expected_;
  std::string name_;
  std::uint64_t size_ = 0;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace kerf::apps
