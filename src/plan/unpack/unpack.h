// Two versions of a file with everything unpacked that an update has changed: what a difference
// should be made of, and how to get there and back.
//
// Unpacking goes by layers. Layer 0 is the file; layer k + 1 is layer k with its packed streams
// replaced by what they hold, wherever they lie (an entry of an archive in an archive). Streams
// that both versions have in the very same bytes stay packed: copying them is cheaper than packing
// them again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/extent.h"
#include "base/limits.h"
#include "base/observer.h"
#include "codec/codec.h"
#include "io/spool.h"

namespace kerf::plan {

// A packed stream of a layer that the next one has unpacked.
struct Stream {
  Extent packed;  // in its layer
  CodecId codec = CodecId::deflate;
  std::vector<std::uint8_t> params;  // that make it again; old version: none
  std::uint64_t plain = 0;           // bytes of content
  std::string path;
  std::string maker;  // for people: "zlib level 6"
};

// A file inside the last layer.
struct Member {
  std::string path;                // through all archives, joined by "!"
  std::vector<Extent> extents;     // in the order of its content
  std::vector<Extent> holes = {};  // zeros between them that are not there, by offset in the file
  std::uint64_t size() const;
};

struct Layer {
  Bytes bytes;
  std::shared_ptr<io::Spool> owner;  // of the bytes; null for layer 0
  std::vector<Stream> streams;       // in their order; none in the last layer
};

// A packed stream that stays as it is.
struct Left {
  std::string path;
  std::uint64_t size = 0;
  std::string reason;
};

struct Unpacked {
  std::vector<Layer> layers;  // at least one
  std::vector<Member> members;
  std::vector<Left> left;      // changed streams that could not be unpacked, or not be made again
  std::uint64_t decoding = 0;  // bytes of memory that unpacking takes, at most
  Bytes content() const { return layers.back().bytes; }
};

struct UnpackedPair {
  Unpacked old_file;
  Unpacked new_file;
};

struct UnpackOptions {
  // memory: of one decoder or encoder. output: bytes that one file may unpack to, all layers
  // together. depth: containers in containers.
  Limits limits;
  std::uint64_t spool_memory = std::uint64_t{64} << 20;  // layers above it go to temporary files
  unsigned most_corrections_percent = 3;                 // of deflate streams that no encoder makes
  Observer* observer = nullptr;                          // borrowed, may be null
};

// Borrows both files. What is no container, or damaged, or made by nobody known, stays as it is:
// errors are only those of temporary files, and cancelled.
Result<UnpackedPair> unpack(Bytes old_file, Bytes new_file, const UnpackOptions& options);

}  // namespace kerf::plan
