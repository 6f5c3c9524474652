// The index of a ZIP archive: its end records and its central directory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/extent.h"
#include "base/limits.h"
#include "base/result.h"
#include "io/source.h"

namespace kerf::container {

struct ZipMember {
  std::string name;  // as it is written there
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc32 = 0;
  std::uint64_t packed = 0;    // bytes
  std::uint64_t unpacked = 0;  // bytes
  std::uint64_t header = 0;    // where its local header is, in the file
  bool zip64 = false;          // its sizes are written in 64 bits
};

struct ZipDirectory {
  Extent records;  // of all members
  Extent end;      // zip64 records, end record and comment: up to the end of the file
  std::vector<ZipMember> members;
};

// Bits that match at the end of the file: 0 if there is no end record.
Result<unsigned> probe_zip_end(const Source& file);

// Errors: corrupt, truncated, unsupported (several disks), limit above limits.memory for the
// members and their names; and where the records leave a choice between two readings: corrupt.
Result<ZipDirectory> read_zip_directory(const Source& file, const Limits& limits);

}  // namespace kerf::container
