// Append-only output.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"

namespace kerf {

// Not thread-safe. After an error the sink is in an unknown state and must only be dropped.
struct Sink {
  virtual ~Sink() = default;
  // Takes all of `bytes` or fails. Bytes may be kept in a buffer until the owner finishes the sink.
  virtual Status write(Bytes bytes) = 0;
};

// Collects in memory, up to a ceiling.
class MemorySink final : public Sink {
 public:
  // Code::limit from write() once more than `most` bytes arrive.
  explicit MemorySink(std::uint64_t most) : most_(most) {}
  Status write(Bytes bytes) override;
  Bytes view() const { return bytes_; }
  std::vector<std::uint8_t> take() && { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
  std::uint64_t most_;
};

// Counts and hashes what passes, and hands it on to another sink (nullptr: drops it). Borrows
// `next`.
class HashingSink final : public Sink {
 public:
  explicit HashingSink(Sink* next) : next_(next) {}
  Status write(Bytes bytes) override;
  // Identity of everything so far; write nothing afterwards.
  BlobId finish() { return {size_, hasher_.finish()}; }
  std::uint64_t size() const { return size_; }

 private:
  Sink* next_;
  Sha256Hasher hasher_;
  std::uint64_t size_ = 0;
};

// Counts what passes and hands it on (nullptr: drops it). Borrows `next`.
class CountingSink final : public Sink {
 public:
  explicit CountingSink(Sink* next) : next_(next) {}
  Status write(Bytes bytes) override;
  std::uint64_t size() const { return size_; }

 private:
  Sink* next_;
  std::uint64_t size_ = 0;
};

}  // namespace kerf
