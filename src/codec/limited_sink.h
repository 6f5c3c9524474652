// A ceiling on what an encoder may write.
#pragma once

#include <cstdint>
#include <string>

#include "io/sink.h"

namespace kerf {

// Borrows `next`. Code::limit from write() once more than `most` bytes arrive.
class LimitedSink final : public Sink {
 public:
  LimitedSink(Sink& next, std::uint64_t most) : next_(next), most_(most) {}
  Status write(Bytes bytes) override {
    if (bytes.size() > most_ - written_) {
      return Error(Code::limit, "the packed stream would pass " + std::to_string(most_) + " bytes");
    }
    written_ += bytes.size();
    return next_.write(bytes);
  }

 private:
  Sink& next_;
  std::uint64_t most_;
  std::uint64_t written_ = 0;
};

}  // namespace kerf
