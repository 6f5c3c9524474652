// What a program writes: a file, or standard output when the path is "-". Either way nobody sees a
// byte of it before it is complete and checked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "io/file.h"
#include "io/sink.h"
#include "io/source.h"
#include "io/spool.h"

namespace kerf::apps {

// Not thread-safe.
class Output final : public Sink {
 public:
  // Errors: those of io::OutputFile::create. For "-" everything is kept (in memory up to a
  // megabyte, then in a temporary file) until commit().
  static Result<std::unique_ptr<Output>> create(const std::string& path, bool overwrite);

  Status write(Bytes bytes) override;
  // What has been written so far. Borrows this object; for "-" write nothing afterwards.
  Result<std::unique_ptr<Source>> read_back();
  // Renames the file into place, or sends everything to standard output.
  Status commit();
  std::uint64_t size() const;

 private:
  explicit Output(std::unique_ptr<io::OutputFile> file);
  std::unique_ptr<io::OutputFile> file_;  // null for standard output
  io::Spool spool_;
};

}  // namespace kerf::apps
