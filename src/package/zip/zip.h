// Reading ZIP files that nobody vouches for, by libzip, over any Source.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/sink.h"
#include "io/source.h"

struct zip;

namespace kerf::zip {

struct Entry {
  enum class Kind : std::uint8_t { file, folder, other };  // other: links, devices
  std::string name;                                        // as it is written there, not checked
  Kind kind = Kind::file;
  std::uint64_t size = 0;  // unpacked, as the directory says
  bool encrypted = false;
};

// Movable; one thread at a time.
class Reader {
 public:
  // Borrows `source`. Code::corrupt unless the end record, the central directory and the local
  // headers agree with one another and no name stands there twice; Code::limit above
  // `most_entries`.
  static Result<Reader> open(const Source& source, std::uint64_t most_entries);
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) = delete;
  ~Reader();

  const std::vector<Entry>& entries() const { return entries_; }
  // Writes the unpacked bytes of one entry; Code::corrupt, naming the entry, unless size and CRC-32
  // are as the directory says. Takes 64 KiB of memory and what the decompressor needs.
  Status read(std::size_t entry, Sink& to) const;

 private:
  struct Access;  // lends `source` to libzip; nobody else may see it move
  Reader();
  std::unique_ptr<Access> access_;
  std::vector<Entry> entries_;
};

}  // namespace kerf::zip
