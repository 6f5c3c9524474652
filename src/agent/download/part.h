// A download that is not complete: its bytes, and what is needed to go on with it after a broken
// connection, a restart of the program or a power cut.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "io/append_file.h"

namespace kerf::agent {

// Two files in the download folder, named after the address: KEY.part has the bytes, KEY.json says
// which version of the remote file they are of and how many of them are durable. Movable; one
// thread at a time.
class Part final : public Sink {
 public:
  // Opens or begins the download of `address`. Bytes that a power cut may have taken are dropped:
  // those behind the last sync, if the device has been restarted since (`boot` says so, see
  // boot.h).
  static Result<Part> open(const std::string& folder, const std::string& address,
                           const std::string& boot);

  std::uint64_t size() const { return file_.size(); }
  // The strong ETag or the Last-Modified date of the remote file; empty if it has neither.
  const std::string& validator() const { return validator_; }
  const std::string& path() const { return path_; }

  // Drops all bytes: from now on it is the remote file that `validator` names.
  Status restart(const std::string& validator);
  // Appends; syncs every few megabytes.
  Status write(Bytes bytes) override;
  // What was written is durable, and known to be.
  Status sync();
  // Syncs the bytes and gives the file its final name, in the same file system. The part is spent.
  Status finish(const std::string& to);
  // Removes both files. The part is spent.
  Status discard();

 private:
  Part(io::AppendFile file, std::string path, std::string facts_path, std::string address,
       std::string boot)
      : file_(std::move(file)),
        path_(std::move(path)),
        facts_path_(std::move(facts_path)),
        address_(std::move(address)),
        boot_(std::move(boot)) {}
  Status load();
  Status save();
  io::AppendFile file_;
  std::string path_;
  std::string facts_path_;
  std::string address_;
  std::string boot_;
  std::string validator_;
  std::uint64_t durable_ = 0;
};

}  // namespace kerf::agent
