// Reading ZIP files that nobody vouches for, by libzip, over any Source.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/sink.h"
#include "io/source.h"

struct zip;

namespace kerf::agent {

struct ZipEntry {
  enum class Kind : std::uint8_t { file, folder, other };  // other: links, devices
  std::string name;                                        // as it is written there, not checked
  Kind kind = Kind::file;
  std::uint64_t size = 0;  // unpacked, as the directory says
  bool encrypted = false;
};

// Movable; one thread at a time.
class ZipReader {
 public:
  // Borrows `source`. Code::corrupt unless the end record, the central directory and the local
  // headers agree with one another; Code::limit above `most_entries`.
  static Result<ZipReader> open(const Source& source, std::uint64_t most_entries);
  ZipReader(ZipReader&&) noexcept;
  ZipReader& operator=(ZipReader&&) = delete;
  ~ZipReader();

  const std::vector<ZipEntry>& entries() const { return entries_; }
  // Writes the unpacked bytes of one entry; Code::corrupt, naming the entry, unless size and CRC-32
  // are as the directory says. Takes 64 KiB of memory and what the decompressor needs.
  Status read(std::size_t entry, Sink& to) const;

 private:
  struct Access;  // lends `source` to libzip; nobody else may see it move
  ZipReader();
  std::unique_ptr<Access> access_;
  std::vector<ZipEntry> entries_;
};

}  // namespace kerf::agent
