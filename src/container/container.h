// What a file holds, if it is an archive, an image or a compressed file: a list of entries that
// tiles it. Containers only read, and only one level: what an entry holds is a file of its own,
// which may be a container again (plan/unpack). The device never sees any of this.
//
//   file      | header: a | content: a | padding | header: b | content: b (packed: deflate) | ...
//
// Adding a container is one folder and one line in all_containers().
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/extent.h"
#include "base/limits.h"
#include "base/result.h"
#include "codec/codec.h"
#include "io/source.h"

namespace kerf::container {

enum class Role : std::uint8_t {
  content,  // what the member `path` holds
  header,   // what is said about it: names, sizes, times, inodes, directories, indexes, checksums
  padding,  // between the others, for alignment: nearly always zeros
  free,     // space that nothing uses: says nothing about what an update changed, and still part of
            // the file, whose every byte must come out right
};

// One part of a container. Its bytes are those of its extents, one after the other.
struct Entry {
  // Content, and header of one member: the member's path as the container writes it, with neither
  // "./" nor "/" in front; empty where a format names nothing (the content of a gzip file). Other
  // entries: what this part is, "central directory". May contain any bytes except 0.
  // (role, path) need not be unique: tar allows a path twice.
  std::string path;
  Role role = Role::content;
  // Set: the bytes are exactly one stream of that codec (as far as the headers say: unpacking
  // shows). Not set: as they are, or packed in a way that this build does not know.
  std::optional<CodecId> packed;
  std::vector<Extent> extents;  // never empty, none of length 0, in the order of the content
  // Packed bytes only: how many come out, where the container says so. Not verified.
  std::optional<std::uint64_t> unpacked_size;
  // Content of file systems only: runs of zeros that are not stored, by offset in the content, in
  // order. With them the content is that of the file; not verified, may be of any size.
  std::vector<Extent> holes = {};

  // Sum of the lengths of the extents.
  std::uint64_t size() const;
};

// Stateless; all members may be called from any thread.
class Container {
 public:
  virtual ~Container() = default;
  // "zip"; also what messages begin with.
  virtual std::string_view name() const = 0;

  // Whether entries are files, to be looked into and compared one by one; false: parts of one
  // program, which belong together.
  virtual bool holds_files() const { return true; }

  // How many bits at fixed places match this format; 0: it is not this format. Reads a few bytes;
  // says nothing about whether the rest is sound. Errors: only those of the source.
  virtual Result<unsigned> probe(const Source& file) const = 0;

  // The entries of `file`, in the order in which they (their first extents) lie in it. They tile
  // it: every byte belongs to exactly one extent of exactly one entry. Errors: truncated, corrupt
  // and unsupported, each with the offset; limit above limits.memory for the list (about 150 bytes
  // an entry and its path) and for what reading takes, or where more than limits.output bytes
  // must be unpacked to find the end of a compressed stream; those of the source. Cost: containers
  // read headers and indexes only; compressed files are unpacked once to find their end.
  virtual Result<std::vector<Entry>> entries(const Source& file, const Limits& limits) const = 0;
};

// Every container of this build.
std::span<const Container* const> all_containers();

struct Listing {
  const Container* container;
  std::vector<Entry> entries;
};

// The listing by the container that matches the most bits and does not refuse the file; nothing if
// there is none. `refused` (may be null) gets why those with a matching probe refused. Errors: io
// and cancelled of the source; bug if a container's entries do not tile.
Result<std::optional<Listing>> look_inside(const Source& file, const Limits& limits,
                                           std::vector<Error>* refused = nullptr);

// Code::bug, with the offset, unless `entries` tile a file of `size` bytes. O(n log n) in extents.
Status check_tiles(std::span<const Entry> entries, std::uint64_t size);

}  // namespace kerf::container
