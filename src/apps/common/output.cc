#include "apps/common/output.h"

#include "apps/common/input.h"
#include "io/copy.h"

namespace kerf::apps {

namespace {

constexpr std::uint64_t spool_memory = 1 << 20;

}  // namespace

Output::Output(std::unique_ptr<io::OutputFile> file)
    : file_(std::move(file)), spool_(spool_memory) {}

Result<std::unique_ptr<Output>> Output::create(const std::string& path, bool overwrite) {
  if (path == standard_stream) {
    return std::unique_ptr<Output>(new Output(nullptr));
  }
  TRY_ASSIGN(auto file, io::OutputFile::create(path, overwrite));
  return std::unique_ptr<Output>(new Output(std::move(file)));
}

Status Output::write(Bytes bytes) {
  return file_ ? file_->write(bytes) : spool_.write(bytes);
}

Result<std::unique_ptr<Source>> Output::read_back() {
  if (file_) {
    return file_->read_back();
  }
  return spool_.source();
}

Status Output::commit() {
  if (file_) {
    return file_->commit();
  }
  io::StandardOutput out;
  const std::unique_ptr<Source> all = spool_.source();
  return copy(*all, out, nullptr, "copying");
}

std::uint64_t Output::size() const {
  return file_ ? file_->size() : spool_.size();
}

}  // namespace kerf::apps
