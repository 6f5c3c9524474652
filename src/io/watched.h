// Whose fault a failure was: between a reader of a patch and the files that it works on, these two
// remember that it was the file, so that the patch is not blamed.
#pragma once

#include <atomic>

#include "io/sink.h"
#include "io/source.h"

namespace kerf {

// Borrows `source`.
class WatchedSource final : public Source {
 public:
  explicit WatchedSource(const Source& source) : source_(source) {}
  std::uint64_t size() const override { return source_.size(); }
  Status read_at(std::uint64_t offset, MutBytes out) const override {
    Status status = source_.read_at(offset, out);
    if (!status) {
      failed_ = true;
    }
    return status;
  }
  bool failed() const { return failed_; }

 private:
  const Source& source_;
  mutable std::atomic<bool> failed_ = false;
};

// Borrows `sink`.
class WatchedSink final : public Sink {
 public:
  explicit WatchedSink(Sink& sink) : sink_(sink) {}
  Status write(Bytes bytes) override {
    Status status = sink_.write(bytes);
    failed_ = !status;
    return status;
  }
  bool failed() const { return failed_; }

 private:
  Sink& sink_;
  bool failed_ = false;
};

}  // namespace kerf
