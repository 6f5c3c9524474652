#include "io/sink.h"

namespace kerf {

Status MemorySink::write(Bytes bytes) {
  if (bytes.size() > most_ - bytes_.size()) {
    return Error(Code::limit, "output would pass " + std::to_string(most_) + " bytes")
        .at(bytes_.size());
  }
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return {};
}

Status HashingSink::write(Bytes bytes) {
  hasher_.update(bytes);
  size_ += bytes.size();
  return next_ == nullptr ? Status() : next_->write(bytes);
}

Status CountingSink::write(Bytes bytes) {
  size_ += bytes.size();
  return next_ == nullptr ? Status() : next_->write(bytes);
}

}  // namespace kerf
