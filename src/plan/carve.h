// Cuts the content of two versions into what needs no difference, what deserves one of its own, and
// the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "plan/unpack/unpack.h"

namespace kerf::plan {

// A program of which both versions are there and differ: its references can be predicted if it is
// compared by itself.
struct ProgramPair {
  const Member* old_member = nullptr;
  const Member* new_member = nullptr;
};

// Programs of at least 16 KiB, matched by path (then by the path in the innermost archive), in the
// order of their first extents in the new version; those that hardly differ are left out. Borrows
// the members. Extents must lie inside the contents.
std::vector<ProgramPair> find_programs(const Unpacked& old_file, const Unpacked& new_file);

// A part of a member: `at` in the content holds what stands at `offset` of the file.
struct Placed {
  Extent at;
  std::uint64_t offset = 0;
};

// Where the parts of a member stand in the file that it is, holes counted; in order.
std::vector<Placed> place(const Member& member);
// The file: its parts, and zeros between them.
std::vector<std::uint8_t> file_of(Bytes content, const Member& member);

// The bytes of extents, one after the other.
std::vector<std::uint8_t> gather(Bytes content, const std::vector<Extent>& extents);

// The same bytes in both versions.
struct EqualRun {
  std::uint64_t old_offset = 0;
  std::uint64_t new_offset = 0;
  std::uint64_t length = 0;
};

// Runs of at least `least` bytes, found from members that are the same in both versions and from
// what stands at the same offset, extended as far as they go. They do not overlap in the new
// version, and stand in its order. Cost: both contents are read about twice.
std::vector<EqualRun> find_equal_runs(const Unpacked& old_file, const Unpacked& new_file,
                                      std::uint64_t least);

// The runs without what lies in the new members of `programs`, which are made in one piece; what is
// left of a run is dropped below `least` bytes.
std::vector<EqualRun> spare_programs(const std::vector<EqualRun>& runs,
                                     const std::vector<ProgramPair>& programs, std::uint64_t least);

// What of [0, size) lies in none of `parts`, in order. `parts`: sorted, may touch, must not
// overlap.
std::vector<Extent> outside(std::vector<Extent> parts, std::uint64_t size);

}  // namespace kerf::plan
