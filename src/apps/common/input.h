// What a program reads: a file, or standard input when the path is "-".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "io/file.h"
#include "io/source.h"

namespace kerf::io {
class Spool;
}

namespace kerf::apps {

constexpr const char* standard_stream = "-";

// "old.bin", or "standard input" for "-": how messages name it.
std::string input_name(const std::string& path);

// An input that is read at random and never held in memory: a file by pread, standard input through
// a temporary file (its first megabyte stays in memory). Movable.
class Input {
 public:
  // Reads standard input to its end if `path` is "-". Code::limit if that is longer than `most`
  // bytes.
  static Result<Input> open(const std::string& path, std::uint64_t most);
  Input(Input&&) noexcept;
  Input& operator=(Input&&) = delete;
  ~Input();
  const Source& source() const { return *source_; }

 private:
  Input();
  std::unique_ptr<io::Spool> spool_;
  std::unique_ptr<Source> source_;
};

// An input of the make side, in the address space as a whole: a mapped file, or all of standard
// input in memory. Movable.
class MappedInput {
 public:
  // As Input::open.
  static Result<MappedInput> open(const std::string& path, std::uint64_t most);
  // Valid as long as this object lives.
  Bytes bytes() const { return file_ ? file_->bytes() : Bytes(memory_); }

 private:
  MappedInput() = default;
  std::optional<io::MappedFile> file_;
  std::vector<std::uint8_t> memory_;
};

}  // namespace kerf::apps
