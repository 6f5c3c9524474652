// Profile `fast`, decoding: the covers from the map's streams, and windows from theirs.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "io/source.h"
#include "patch/sliver/cover_map.h"
#include "patch/sliver/fast_walk.h"
#include "patch/sliver/header.h"

namespace kerf::sliver::fast {

// Bytes that decoding takes with `threads` windows at a time, with the bytes that they make.
std::uint64_t memory(const Header& header, unsigned threads);

// What the map section says, checked.
struct Map {
  refs::Image image;
  refs::Destination destination;
  std::vector<Cover> covers;
};
// Reads the map of `patch`. `from`: the old file, if its image is to be found in its headers; null
// leaves the images out.
Result<Map> read_map(const Source& patch, const Header& header, const Source* from);

// Everything that windows share.
class Setup {
 public:
  Setup(const Header& header, Map map);
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;
  const Scene& scene() const { return scene_; }

 private:
  Map map_;
  OwnedCoverMap cover_map_;
  Scene scene_;
};

// Bytes that a Walk takes.
std::uint64_t walk_memory(const Scene& scene);

// Decodes `section`, which stands at `at` in the patch, to the new bytes from `begin` on, as many
// as `made` has. `unpacked`: as the header says.
Status decode_window(const Scene& scene, const Source& from, Bytes section, std::uint64_t at,
                     std::uint64_t unpacked, MutBytes made, std::uint32_t begin);

}  // namespace kerf::sliver::fast
